"""Files in conversations, and uploads on their way there"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS_BEFORE = "kind IN ('text', 'system', 'call')"
KINDS = "kind IN ('text', 'system', 'call', 'file')"


def upgrade() -> None:
    _replace_kinds(KINDS)
    op.create_table(
        "uploads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("keeps_position", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        *_of("uploads", conversation_id="conversations", party_id="parties"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_uploads_organisation_id_id")),
    )
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.create_index("ix_uploads_party", ["party_id"], unique=False)
        batch_op.create_index("ix_uploads_digest", ["digest"], unique=False)
    op.create_table(
        "files",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("preview_digest", sa.Text(), nullable=True),
        sa.Column("width_px", sa.BigInteger(), nullable=True),
        sa.Column("height_px", sa.BigInteger(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('checking', 'ready', 'quarantined')", name=op.f("ck_files_state")),
        sa.CheckConstraint("view IN ('picture', 'audio', 'video', 'pdf', 'none')", name=op.f("ck_files_view")),
        *_of("files", conversation_id="conversations", message_id="messages", author_id="parties"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_files_organisation_id_id")),
    )
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.create_index("ix_files_conversation", ["conversation_id", "created_at_ms"], unique=False)
        batch_op.create_index("ix_files_message", ["message_id", "place"], unique=False)
        batch_op.create_index("ix_files_author", ["organisation_id", "author_id"], unique=False)
        batch_op.create_index("ix_files_digest", ["digest"], unique=False)
        batch_op.create_index("ix_files_preview_digest", ["preview_digest"], unique=False)


def downgrade() -> None:
    op.drop_table("files")
    op.drop_table("uploads")
    op.execute("DELETE FROM messages WHERE kind = 'file'")
    _replace_kinds(KINDS_BEFORE)


def _of(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    """Keys into the same organisation."""
    keys = [
        sa.ForeignKeyConstraint(
            ["organisation_id", column],
            [f"{target}.organisation_id", f"{target}.id"],
            name=op.f(f"fk_{table}_organisation_id_{column}"),
        )
        for column, target in targets.items()
    ]
    return [
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f(f"fk_{table}_organisation_id")),
        *keys,
    ]


def _replace_kinds(condition: str) -> None:
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_messages_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_messages_kind"), sa.text(condition))
