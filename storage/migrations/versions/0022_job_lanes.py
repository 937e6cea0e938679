"""Jobs that failed for good stay, and long ones keep how far they got"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# All of them may be empty: the release before knows none of them.
_COLUMNS = {
    "organisation_id": sa.Text,
    "cursor": sa.Text,
    "past_attempts": sa.BigInteger,
    "failed_at_ms": sa.BigInteger,
    "error": sa.Text,
}


def upgrade() -> None:
    for name, kind in _COLUMNS.items():
        op.add_column("jobs", sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        for name in _COLUMNS:
            batch_op.drop_column(name)
