"""Whiteboards, and messages that show them"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KINDS_BEFORE = "kind IN ('text', 'system', 'call', 'file')"
KINDS = "kind IN ('text', 'system', 'call', 'file', 'board')"


def upgrade() -> None:
    _replace_kinds(KINDS)
    op.create_table(
        "boards",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("drawing", sa.Text(), server_default="everybody", nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("horizon", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("collected_version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("elements", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("size_chars", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("preview_hash", sa.Text(), nullable=True),
        sa.Column("preview_revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("kept_revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("kept_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("drawing IN ('everybody', 'staff', 'author')", name=op.f("ck_boards_drawing")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "changed_by"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_boards_organisation_id_changed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conversation_id"],
            ["conversations.organisation_id", "conversations.id"],
            name=op.f("fk_boards_organisation_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "created_by"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_boards_organisation_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "message_id"],
            ["messages.organisation_id", "messages.id"],
            name=op.f("fk_boards_organisation_id_message_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_boards_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boards")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_boards_organisation_id_id")),
    )
    with op.batch_alter_table("boards", schema=None) as batch_op:
        batch_op.create_index("ix_boards_conversation", ["conversation_id", "id"], unique=False)

    op.create_table(
        "board_elements",
        sa.Column("board_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "board_id"],
            ["boards.organisation_id", "boards.id"],
            name=op.f("fk_board_elements_organisation_id_board_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "changed_by"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_board_elements_organisation_id_changed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_board_elements_organisation_id")
        ),
        sa.PrimaryKeyConstraint("board_id", "id", name=op.f("pk_board_elements")),
    )
    with op.batch_alter_table("board_elements", schema=None) as batch_op:
        batch_op.create_index("ix_board_elements_revision", ["board_id", "revision"], unique=False)

    op.create_table(
        "board_files",
        sa.Column("board_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "board_id"],
            ["boards.organisation_id", "boards.id"],
            name=op.f("fk_board_files_organisation_id_board_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "created_by"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_board_files_organisation_id_created_by"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_board_files_organisation_id")),
        sa.PrimaryKeyConstraint("board_id", "id", name=op.f("pk_board_files")),
    )
    op.create_table(
        "board_versions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("board_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("elements", sa.BigInteger(), nullable=False),
        sa.Column("authors", sa.Text(), server_default="[]", nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "board_id"],
            ["boards.organisation_id", "boards.id"],
            name=op.f("fk_board_versions_organisation_id_board_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "created_by"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_board_versions_organisation_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_board_versions_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_versions")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_board_versions_organisation_id_id")),
    )
    with op.batch_alter_table("board_versions", schema=None) as batch_op:
        batch_op.create_index("ix_board_versions_board", ["board_id", "revision"], unique=False)


def downgrade() -> None:
    for table in ("board_versions", "board_files", "board_elements", "boards"):
        op.drop_table(table)
    op.execute("DELETE FROM messages WHERE kind = 'board'")
    _replace_kinds(KINDS_BEFORE)


def _replace_kinds(condition: str) -> None:
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_messages_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_messages_kind"), sa.text(condition))
