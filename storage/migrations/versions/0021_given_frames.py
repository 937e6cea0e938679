"""Pictures that one participant of a call gave another who asked"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_POINTS = {"conference_id": "conferences", "given_to": "parties", "given_by": "parties"}


def upgrade() -> None:
    op.create_table(
        "given_frames",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("ask_id", sa.Text(), nullable=False),
        sa.Column("given_to", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("width_px", sa.BigInteger(), nullable=False),
        sa.Column("height_px", sa.BigInteger(), nullable=False),
        sa.Column("preview_hash", sa.Text(), nullable=False),
        sa.Column("given_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_given_frames")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_given_frames_organisation_id_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_given_frames_organisation_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{target}.organisation_id", f"{target}.id"],
                name=op.f(f"fk_given_frames_organisation_id_{column}"),
            )
            for column, target in _POINTS.items()
        ),
    )
    with op.batch_alter_table("given_frames", schema=None) as batch_op:
        batch_op.create_index("uq_given_frames_ask", ["conference_id", "given_to", "ask_id"], unique=True)


def downgrade() -> None:
    op.drop_table("given_frames")
