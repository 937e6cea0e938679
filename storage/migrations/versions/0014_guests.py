"""Guests by link, and who waits at the door of a call"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_STATES = ("waiting", "away", "admitted", "left", "refused", "removed", "revoked", "expired", "ended")


def _of_organisation(table: str, **points: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f(f"fk_{table}_organisation_id")),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{target}.organisation_id", f"{target}.id"],
                name=op.f(f"fk_{table}_organisation_id_{column}"),
            )
            for column, target in points.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f(f"uq_{table}_organisation_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f(f"uq_{table}_token_hash")),
    ]


def upgrade() -> None:
    op.create_table(
        "guest_links",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("uses_limit", sa.BigInteger(), nullable=True),
        sa.Column("uses", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("revoked_at_ms", sa.BigInteger(), nullable=True),
        *_of_organisation("guest_links", conversation_id="conversations", created_by="parties"),
    )
    op.create_index("ix_guest_links_conversation", "guest_links", ["conversation_id", "id"])
    op.create_table(
        "guests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("link_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=True),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(f"state IN ({', '.join(repr(one) for one in _STATES)})", name=op.f("ck_guests_state")),
        *_of_organisation(
            "guests", id="parties", conversation_id="conversations", link_id="guest_links", conference_id="conferences"
        ),
    )
    op.create_index("ix_guests_conversation", "guests", ["conversation_id", "state"])
    op.create_index("ix_guests_link", "guests", ["link_id", "state"])
    op.create_index("ix_guests_conference", "guests", ["conference_id", "state"])
    op.create_index("ix_guests_node", "guests", ["node_id", "state"])


def downgrade() -> None:
    # The guests themselves stay as parties: lines of calls are by them.
    op.drop_table("guests")
    op.drop_table("guest_links")
