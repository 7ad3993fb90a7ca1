"""the inbox has no index by person: it cost every arriving event as much as all the rest of storing it"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_inbox_turn", table_name="inbox")


def downgrade() -> None:
    """Create it again."""
    op.create_index("ix_inbox_turn", "inbox", ["state", "lane", "sequence", "id"])
