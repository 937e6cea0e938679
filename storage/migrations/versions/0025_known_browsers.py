"""Browsers that somebody signed in from are known, and refused attempts to sign in are kept"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_browsers",
        sa.Column("sign_in_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("first_seen_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sign_in_id"], ["sign_ins.id"], name=op.f("fk_known_browsers_sign_in_id")),
        sa.PrimaryKeyConstraint("sign_in_id", "token_hash", name=op.f("pk_known_browsers")),
    )
    op.create_table(
        "refused_sign_ins",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sign_in_id", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sign_in_id"], ["sign_ins.id"], name=op.f("fk_refused_sign_ins_sign_in_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_sign_ins")),
    )
    op.create_index("ix_refused_sign_ins_sign_in", "refused_sign_ins", ["sign_in_id", "id"])


def downgrade() -> None:
    op.drop_table("refused_sign_ins")
    op.drop_table("known_browsers")
