"""First schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index("ix_events_created_at_ms", ["created_at_ms"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("run_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_run_at_ms", ["run_at_ms"], unique=False)
        batch_op.create_index("uq_jobs_key", ["kind", "key"], unique=True)

    op.create_table(
        "nodes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nodes")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("people_limit", sa.BigInteger(), nullable=True),
        sa.Column("mailbox_limit", sa.BigInteger(), nullable=True),
        sa.Column("repository_limit_bytes", sa.BigInteger(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_folded", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("email_folded", name=op.f("uq_sign_ins_email_folded")),
    )
    op.create_table(
        "groups",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql"), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('staff', 'customer')", name=op.f("ck_groups_kind")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_groups_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("organisation_id", "external_id", name=op.f("uq_groups_organisation_id_external_id")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_groups_organisation_id_id")),
    )
    op.create_table(
        "parties",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("avatar_hash", sa.Text(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('person', 'guest', 'visitor', 'contact', 'api_key', 'system')", name=op.f("ck_parties_kind")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_parties_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_parties_organisation_id_id")),
    )
    op.create_table(
        "password_tokens",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("sign_in_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("purpose IN ('invitation', 'forgotten')", name=op.f("ck_password_tokens_purpose")),
        sa.ForeignKeyConstraint(["sign_in_id"], ["sign_ins.id"], name=op.f("fk_password_tokens_sign_in_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_password_tokens")),
    )
    with op.batch_alter_table("password_tokens", schema=None) as batch_op:
        batch_op.create_index("ix_password_tokens_sign_in", ["sign_in_id"], unique=False)

    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "created_by"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_api_keys_organisation_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "id"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_api_keys_organisation_id_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_api_keys_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_api_keys_organisation_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_keys_token_hash")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "author_id"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_audit_organisation_id_author_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_audit_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_organisation", ["organisation_id", "id"], unique=False)

    op.create_table(
        "conversations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("direct_key", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rev", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("head_rev", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_message_seq", sa.BigInteger(), nullable=True),
        sa.Column("last_activity_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('direct', 'group', 'case', 'notes')", name=op.f("ck_conversations_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "created_by"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_conversations_organisation_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_conversations_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("organisation_id", "direct_key", name=op.f("uq_conversations_organisation_id_direct_key")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_conversations_organisation_id_id")),
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("sign_in_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql"), nullable=False),
        sa.Column("position", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="pl", nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="Europe/Warsaw", nullable=False),
        sa.Column("ring", sa.Text(), server_default="long", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("ring IN ('long', 'short')", name=op.f("ck_memberships_ring")),
        sa.CheckConstraint("role IN ('admin', 'agent', 'technician', 'customer')", name=op.f("ck_memberships_role")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "group_id"],
            ["groups.organisation_id", "groups.id"],
            name=op.f("fk_memberships_organisation_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "id"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_memberships_organisation_id_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_memberships_organisation_id")),
        sa.ForeignKeyConstraint(["sign_in_id"], ["sign_ins.id"], name=op.f("fk_memberships_sign_in_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_memberships_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "sign_in_id", name=op.f("uq_memberships_organisation_id_sign_in_id")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index("ix_memberships_group", ["organisation_id", "group_id"], unique=False)
        batch_op.create_index("ix_memberships_sign_in", ["sign_in_id"], unique=False)

    op.create_table(
        "presences",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_presences_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_presences_organisation_id")),
        sa.PrimaryKeyConstraint("person_id", "node_id", name=op.f("pk_presences")),
    )
    with op.batch_alter_table("presences", schema=None) as batch_op:
        batch_op.create_index("ix_presences_node", ["node_id"], unique=False)

    op.create_table(
        "conferences",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("ring_until_ms", sa.BigInteger(), nullable=False),
        sa.Column("media_node", sa.Text(), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('running', 'ended')", name=op.f("ck_conferences_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conversation_id"],
            ["conversations.organisation_id", "conversations.id"],
            name=op.f("fk_conferences_organisation_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "started_by"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_conferences_organisation_id_started_by"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_conferences_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conferences")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_conferences_organisation_id_id")),
    )
    with op.batch_alter_table("conferences", schema=None) as batch_op:
        batch_op.create_index("ix_conferences_conversation", ["conversation_id", "id"], unique=False)
        batch_op.create_index(
            "uq_conferences_running",
            ["conversation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )

    op.create_table(
        "conversation_members",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("joined_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("left_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("read_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("delivered_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("mark_rev", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conversation_id"],
            ["conversations.organisation_id", "conversations.id"],
            name=op.f("fk_conversation_members_organisation_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_conversation_members_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_conversation_members_organisation_id")
        ),
        sa.PrimaryKeyConstraint("conversation_id", "person_id", name=op.f("pk_conversation_members")),
    )
    with op.batch_alter_table("conversation_members", schema=None) as batch_op:
        batch_op.create_index("ix_conversation_members_person", ["person_id", "conversation_id"], unique=False)

    op.create_table(
        "messages",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("edited_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('text', 'system', 'call')", name=op.f("ck_messages_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "author_id"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_messages_organisation_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conversation_id"],
            ["conversations.organisation_id", "conversations.id"],
            name=op.f("fk_messages_organisation_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_messages_organisation_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "conversation_id", "author_id", "client_id", name=op.f("uq_messages_conversation_id_author_id_client_id")
        ),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_messages_conversation_id_seq")),
        sa.UniqueConstraint("id", name=op.f("uq_messages_id")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_messages_organisation_id_id")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_rev", ["conversation_id", "rev"], unique=False)

    op.create_table(
        "service_cases",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_folded", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("customer_group_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'in_progress', 'waiting', 'closed')", name=op.f("ck_service_cases_status")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conversation_id"],
            ["conversations.organisation_id", "conversations.id"],
            name=op.f("fk_service_cases_organisation_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "customer_group_id"],
            ["groups.organisation_id", "groups.id"],
            name=op.f("fk_service_cases_organisation_id_customer_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_service_cases_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_cases")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_service_cases_conversation_id")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_service_cases_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "number", name=op.f("uq_service_cases_organisation_id_number")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('browser', 'bearer')", name=op.f("ck_sessions_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["memberships.organisation_id", "memberships.id"],
            name=op.f("fk_sessions_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_sessions_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index("ix_sessions_person", ["person_id"], unique=False)

    op.create_table(
        "conference_participants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("audio", sa.Boolean(), nullable=False),
        sa.Column("video", sa.Boolean(), nullable=False),
        sa.Column("joined_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("left_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conference_id"],
            ["conferences.organisation_id", "conferences.id"],
            name=op.f("fk_conference_participants_organisation_id_conference_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_conference_participants_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_conference_participants_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conference_participants")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_conference_participants_organisation_id_id")),
    )
    with op.batch_alter_table("conference_participants", schema=None) as batch_op:
        batch_op.create_index("ix_conference_participants_node", ["node_id", "left_at_ms"], unique=False)
        batch_op.create_index(
            "uq_conference_participants_present",
            ["conference_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("left_at_ms IS NULL"),
            postgresql_where=sa.text("left_at_ms IS NULL"),
        )

    op.create_table(
        "conference_rings",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('ringing', 'answered', 'declined', 'timeout', 'ended')", name=op.f("ck_conference_rings_state")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conference_id"],
            ["conferences.organisation_id", "conferences.id"],
            name=op.f("fk_conference_rings_organisation_id_conference_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_conference_rings_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_conference_rings_organisation_id")
        ),
        sa.PrimaryKeyConstraint("conference_id", "person_id", name=op.f("pk_conference_rings")),
    )
    with op.batch_alter_table("conference_rings", schema=None) as batch_op:
        batch_op.create_index("ix_conference_rings_person", ["person_id", "state"], unique=False)

    op.create_table(
        "conference_tokens",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("publish", sa.Boolean(), nullable=False),
        sa.Column("receive", sa.Boolean(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conference_id"],
            ["conferences.organisation_id", "conferences.id"],
            name=op.f("fk_conference_tokens_organisation_id_conference_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "party_id"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_conference_tokens_organisation_id_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_conference_tokens_organisation_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_conference_tokens")),
    )
    with op.batch_alter_table("conference_tokens", schema=None) as batch_op:
        batch_op.create_index("ix_conference_tokens_conference", ["conference_id"], unique=False)
        batch_op.create_index("ix_conference_tokens_session", ["session_id"], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE message_words (number BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)")
        op.execute("CREATE INDEX ix_message_words ON message_words USING GIN (words)")
    else:
        op.execute("CREATE VIRTUAL TABLE message_words USING fts5(words, tokenize = 'unicode61 remove_diacritics 0')")


def downgrade() -> None:
    op.execute("DROP TABLE message_words")
    with op.batch_alter_table("conference_tokens", schema=None) as batch_op:
        batch_op.drop_index("ix_conference_tokens_session")
        batch_op.drop_index("ix_conference_tokens_conference")

    op.drop_table("conference_tokens")
    with op.batch_alter_table("conference_rings", schema=None) as batch_op:
        batch_op.drop_index("ix_conference_rings_person")

    op.drop_table("conference_rings")
    with op.batch_alter_table("conference_participants", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_conference_participants_present",
            sqlite_where=sa.text("left_at_ms IS NULL"),
            postgresql_where=sa.text("left_at_ms IS NULL"),
        )
        batch_op.drop_index("ix_conference_participants_node")

    op.drop_table("conference_participants")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_sessions_person")

    op.drop_table("sessions")
    op.drop_table("service_cases")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index("ix_messages_rev")

    op.drop_table("messages")
    with op.batch_alter_table("conversation_members", schema=None) as batch_op:
        batch_op.drop_index("ix_conversation_members_person")

    op.drop_table("conversation_members")
    with op.batch_alter_table("conferences", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_conferences_running",
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )
        batch_op.drop_index("ix_conferences_conversation")

    op.drop_table("conferences")
    with op.batch_alter_table("presences", schema=None) as batch_op:
        batch_op.drop_index("ix_presences_node")

    op.drop_table("presences")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index("ix_memberships_sign_in")
        batch_op.drop_index("ix_memberships_group")

    op.drop_table("memberships")
    op.drop_table("conversations")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_organisation")

    op.drop_table("audit")
    op.drop_table("api_keys")
    with op.batch_alter_table("password_tokens", schema=None) as batch_op:
        batch_op.drop_index("ix_password_tokens_sign_in")

    op.drop_table("password_tokens")
    op.drop_table("parties")
    op.drop_table("groups")
    op.drop_table("sign_ins")
    op.drop_table("organisations")
    op.drop_table("nodes")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("uq_jobs_key")
        batch_op.drop_index("ix_jobs_run_at_ms")

    op.drop_table("jobs")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("ix_events_created_at_ms")

    op.drop_table("events")
