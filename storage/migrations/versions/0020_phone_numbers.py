"""The pool of telephone numbers, and the package of an organisation"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phone_numbers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=True),
        sa.Column("project_id", sa.Text(), nullable=True),
        sa.Column("assigned_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("added_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('gsm', 'tdm')", name=op.f("ck_phone_numbers_kind")),
        sa.CheckConstraint("(organisation_id IS NULL) = (project_id IS NULL)", name=op.f("ck_phone_numbers_holder")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["projects.organisation_id", "projects.id"],
            name=op.f("fk_phone_numbers_organisation_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_phone_numbers_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_numbers")),
        sa.UniqueConstraint("number", name=op.f("uq_phone_numbers_number")),
        sa.UniqueConstraint("project_id", "kind", name=op.f("uq_phone_numbers_project_id_kind")),
    )
    with op.batch_alter_table("phone_numbers", schema=None) as batch_op:
        batch_op.create_index("ix_phone_numbers_organisation", ["organisation_id"], unique=False)
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        # Whoever had everything keeps it, until the operator says otherwise.
        batch_op.add_column(sa.Column("package", sa.Text(), server_default="grow", nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_organisations_package"), sa.text("package IN ('start', 'run', 'grow')")
        )


def downgrade() -> None:
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_organisations_package"), type_="check")
        batch_op.drop_column("package")
    op.drop_table("phone_numbers")
