"""Whom a conference's moderator stands in for, why a conference ended, and who receives one without a seat"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_POINTS = {"conference_id": "conferences", "person_id": "parties"}


def upgrade() -> None:
    with op.batch_alter_table("conference_rules", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stands_in_for", sa.Text(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_conference_rules_organisation_id_stands_in_for"),
            "parties",
            ["organisation_id", "stands_in_for"],
            ["organisation_id", "id"],
        )
    op.add_column("conferences", sa.Column("end_reason", sa.Text(), nullable=True))
    op.create_table(
        "conference_viewers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("began_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conference_viewers")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_conference_viewers_organisation_id_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_conference_viewers_organisation_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{target}.organisation_id", f"{target}.id"],
                name=op.f(f"fk_conference_viewers_organisation_id_{column}"),
            )
            for column, target in _POINTS.items()
        ),
    )
    with op.batch_alter_table("conference_viewers", schema=None) as batch_op:
        batch_op.create_index("uq_conference_viewers_resource", ["resource_id"], unique=True)
        batch_op.create_index("ix_conference_viewers_conference", ["conference_id", "person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("conference_viewers")
    with op.batch_alter_table("conferences", schema=None) as batch_op:
        batch_op.drop_column("end_reason")
    with op.batch_alter_table("conference_rules", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_conference_rules_organisation_id_stands_in_for"), type_="foreignkey")
        batch_op.drop_column("stands_in_for")
