"""The server's own sounds are known by which tune they are, and no longer by a name that an upload may bear, too"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# As the release before calls them: the name was all that told which sound it was.
_NAMES = {
    "greeting": "Centrala: powitanie",
    "ringback": "Centrala: sygnał zwrotny",
    "hold": "Centrala: granie na czekanie",
    "voicemail": "Centrala: poczta głosowa",
    "recorded": "Centrala: rozmowa jest nagrywana",
}


def upgrade() -> None:
    with op.batch_alter_table("sounds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tune", sa.Text(), nullable=True))
        listed = ", ".join(f"'{tune}'" for tune in _NAMES)
        batch_op.create_check_constraint(op.f("ck_sounds_tune"), sa.text(f"tune IN ({listed})"))
        batch_op.create_index("uq_sounds_tune", ["organisation_id", "tune"], unique=True)
    # The oldest of that name in each organisation, unless somebody uploaded it: whoever does is in the audit log.
    for tune, name in _NAMES.items():
        op.execute(
            sa.text(
                "UPDATE sounds SET tune = :tune WHERE id IN (SELECT min(one.id) FROM sounds AS one WHERE one.name = :name"
                " AND NOT EXISTS (SELECT 1 FROM audit WHERE audit.organisation_id = one.organisation_id"
                " AND audit.subject_id = one.id AND audit.action = 'sound.added')"
                " GROUP BY one.organisation_id)"
            ).bindparams(tune=tune, name=name)
        )


def downgrade() -> None:
    with op.batch_alter_table("sounds", schema=None) as batch_op:
        batch_op.drop_index("uq_sounds_tune")
        batch_op.drop_constraint(op.f("ck_sounds_tune"), type_="check")
        batch_op.drop_column("tune")
