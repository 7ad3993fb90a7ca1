"""first structure: what a new store gets from the tables in the code (bot/schema.py); steps for older stores follow"""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: a store of this structure is made whole and marked with it."""


def downgrade() -> None:
    """Nothing comes before."""
