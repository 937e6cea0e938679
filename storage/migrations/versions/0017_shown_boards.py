"""The whiteboard that is before everybody in a call"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_POINTS = {"conference_id": "conferences", "board_id": "boards", "shown_by": "parties"}


def upgrade() -> None:
    op.create_table(
        "conference_boards",
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("board_id", sa.Text(), nullable=False),
        sa.Column("shown_by", sa.Text(), nullable=False),
        sa.Column("shown_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("conference_id", name=op.f("pk_conference_boards")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_conference_boards_organisation_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{target}.organisation_id", f"{target}.id"],
                name=op.f(f"fk_conference_boards_organisation_id_{column}"),
            )
            for column, target in _POINTS.items()
        ),
    )


def downgrade() -> None:
    op.drop_table("conference_boards")
