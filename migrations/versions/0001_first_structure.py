"""first structure: what a new store gets from the tables in the code (bot/schema.py); steps for older stores follow"""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: a new database is created with all tables and marked with this revision."""


def downgrade() -> None:
    """Nothing comes before."""
