"""first structure"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
_ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "alarm",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("reason", sa.String(255), nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "choices",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("chat", sa.String(128), nullable=False),
        sa.Column("entries", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Index("ix_choices_chat", "channel", "chat", "number"),
    )
    op.create_table(
        "daily_counter",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "dialogue",
        sa.Column("id", _ROW, primary_key=True),
        sa.Column("lane", sa.String(200), nullable=False),
        sa.Column("role", sa.String(4), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Index("ix_dialogue_lane", "lane", "id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "document",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("source"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", _ROW, primary_key=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("lane", sa.String(200), nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("payload", sa.Text),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("lease_until", sa.BigInteger),
        sa.UniqueConstraint("channel", "event_id"),
        sa.Index("ix_inbox_queue", "state", "id"),
        sa.Index("ix_inbox_turn", "state", "lane", "sequence", "id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "lock",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(64)),
        sa.Column("lease_until", sa.BigInteger),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("agency", sa.String(255)),
        sa.Column("locality", sa.String(255)),
        sa.Column("joined_at", sa.BigInteger, nullable=False),
        sa.Column("feed_hash", sa.String(64)),
        sa.UniqueConstraint("feed_hash"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "store_revision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("value", sa.Integer),
    )
    op.create_table(
        "token",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("access", sa.Text, nullable=False),
        sa.Column("refresh", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("saved_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "identity",
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("channel_user_id", sa.String(128), primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("chat_id", sa.String(128), nullable=False),
        sa.Column("last_interaction_at", sa.BigInteger, nullable=False),
        sa.Column("reachable", sa.Boolean, nullable=False),
        sa.Index("ix_identity_person_id", "person_id"),
    )
    op.create_table(
        "invite",
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column("role", sa.String(16)),
        sa.Column("agency", sa.String(255)),
        sa.Column("locality", sa.String(255)),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id", ondelete="CASCADE")),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Index("ix_invite_person_id", "person_id"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", _ROW, primary_key=True),
        sa.Column("dedupe_key", sa.String(255), nullable=False),
        sa.Column("lane", sa.String(8), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("chat", sa.String(128), nullable=False),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id", ondelete="CASCADE")),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("payload", sa.Text),
        sa.Column("reference", sa.String(64)),
        sa.Column("last_day", sa.Date),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("valid_until", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("parts_done", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("resent", sa.Boolean, nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("tried", sa.String(128), nullable=False),
        sa.Column("provider_ids", sa.Text, nullable=False),
        sa.Column("last_error", sa.String(255)),
        sa.Column("sent_at", sa.BigInteger),
        sa.UniqueConstraint("dedupe_key"),
        sa.Index("ix_outbox_chat", "channel", "chat", "id"),
        sa.Index("ix_outbox_due", "state", "lane", "not_before"),
        sa.Index("ix_outbox_person_id", "person_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "passage",
        sa.Column("id", sa.String(96), primary_key=True),
        sa.Column("document_id", sa.String(64), sa.ForeignKey("document.id", ondelete="CASCADE"), nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("section", sa.String(255)),
        sa.Column("heading_path", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Index("ix_passage_document_id", "document_id"),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("target", sa.String(255), nullable=False),
        sa.Column("label", sa.String(255), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("person_id", "kind", "target"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tracked_deadline",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("document_id", sa.String(64)),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("is_edited", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("decided_by", sa.Integer, sa.ForeignKey("person.id", ondelete="SET NULL")),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("id"),
        sa.Index("ix_tracked_deadline_document_id", "document_id"),
        sa.Index("ix_tracked_deadline_state", "state"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reminder_occurrence",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, sa.ForeignKey("tracked_deadline.number", ondelete="CASCADE"), nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("first_day", sa.Date),
        sa.Column("is_withdrawn", sa.Boolean, nullable=False),
        sa.Column("rules", sa.String(16), nullable=False),
        sa.UniqueConstraint("number", "last_day"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reminder_delivery",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("occurrence_id", sa.Integer, sa.ForeignKey("reminder_occurrence.id", ondelete="CASCADE"), nullable=False),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("lead", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(255)),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("outbox_key", sa.String(64)),
        sa.Column("settled_at", sa.BigInteger),
        sa.UniqueConstraint("occurrence_id", "person_id", "kind", "lead"),
        sa.Index("ix_reminder_delivery_due", "state", "due_at"),
        sa.Index("ix_reminder_delivery_outbox_key", "outbox_key"),
        sa.Index("ix_reminder_delivery_person_id", "person_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reminder_response",
        sa.Column("occurrence_id", sa.Integer, sa.ForeignKey("reminder_occurrence.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("answer", sa.String(12), nullable=False),
    )


def downgrade() -> None:
    """Drop every table."""
    for name in ("reminder_response", "reminder_delivery", "reminder_occurrence", "tracked_deadline", "subscription", "passage", "outbox", "invite", "identity", "token", "store_revision", "person", "lock", "inbox", "document", "dialogue", "daily_counter", "choices", "alarm"):
        op.drop_table(name)
