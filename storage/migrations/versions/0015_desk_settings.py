"""Projects, channels, agents, widgets, templates and company data"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("ask_data", sa.Boolean(), nullable=False),
        sa.Column("require_data", sa.Boolean(), nullable=False),
        sa.Column("record_calls", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('chat', 'voice_in', 'voice_out', 'email', 'sms', 'facebook')", name=op.f("ck_channels_channel")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_channels_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "channel", name=op.f("pk_channels")),
    )
    op.create_table(
        "companies",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("profile_name", sa.Text(), server_default="", nullable=False),
        sa.Column("site_url", sa.Text(), server_default="", nullable=False),
        sa.Column("street", sa.Text(), server_default="", nullable=False),
        sa.Column("building", sa.Text(), server_default="", nullable=False),
        sa.Column("flat", sa.Text(), server_default="", nullable=False),
        sa.Column("postal_code", sa.Text(), server_default="", nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="PL", nullable=False),
        sa.Column("tax_number", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("default_email", sa.Text(), server_default="", nullable=False),
        sa.Column("logo_hash", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_companies_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_companies")),
    )
    op.create_table(
        "licence_limits",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("seats", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("medium IN ('audio', 'video', 'chat')", name=op.f("ck_licence_limits_medium")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_licence_limits_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "medium", name=op.f("pk_licence_limits")),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="Europe/Warsaw", nullable=False),
        sa.Column("country", sa.Text(), server_default="PL", nullable=False),
        sa.Column("hours", sa.Text(), server_default="", nullable=False),
        sa.Column("record_calls", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("wrap_up_s", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("result_codes", sa.Text(), server_default="[]", nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_projects_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_projects_organisation_id_id")),
    )
    op.create_table(
        "templates",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql"), nullable=False),
        sa.Column("shortcut", sa.Text(), nullable=True),
        sa.Column("shortcut_folded", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("channel IN ('chat', 'sms', 'email', 'facebook')", name=op.f("ck_templates_channel")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_templates_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_templates_organisation_id_id")),
    )
    with op.batch_alter_table("templates", schema=None) as batch_op:
        batch_op.create_index("ix_templates_shortcut", ["organisation_id", "channel", "shortcut_folded"], unique=True)

    op.create_table(
        "widgets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("corner", sa.Text(), nullable=False),
        sa.Column("offset_x_px", sa.BigInteger(), nullable=False),
        sa.Column("offset_y_px", sa.BigInteger(), nullable=False),
        sa.Column("texts", sa.Text(), server_default="{}", nullable=False),
        sa.Column("privacy_url", sa.Text(), server_default="", nullable=False),
        sa.Column("site_url", sa.Text(), server_default="", nullable=False),
        sa.Column("origins", sa.Text(), server_default="[]", nullable=False),
        sa.Column("identity_secret", sa.Text(), nullable=True),
        sa.Column("triggers_active", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("seen_url", sa.Text(), server_default="", nullable=False),
        sa.Column("checked_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("checked_url", sa.Text(), server_default="", nullable=False),
        sa.Column("finding", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "corner IN ('bottom-right', 'bottom-left', 'top-right', 'top-left')", name=op.f("ck_widgets_corner")
        ),
        sa.CheckConstraint(
            "finding IN ('', 'found', 'missing', 'other_key', 'unreachable')", name=op.f("ck_widgets_finding")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["projects.organisation_id", "projects.id"],
            name=op.f("fk_widgets_organisation_id_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_widgets_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_widgets")),
        sa.UniqueConstraint("key", name=op.f("uq_widgets_key")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_widgets_organisation_id_id")),
        sa.UniqueConstraint("project_id", name=op.f("uq_widgets_project_id")),
    )
    op.create_table(
        "agents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="offline", nullable=False),
        sa.Column("status_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("idle_since_ms", sa.BigInteger(), nullable=False),
        sa.Column("web_link", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("line_link", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("external_link", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("external_number", sa.Text(), server_default="", nullable=False),
        sa.Column("outgoing_project_id", sa.Text(), nullable=True),
        sa.Column("welcomed_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("status IN ('online', 'break', 'offline')", name=op.f("ck_agents_status")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "id"],
            ["memberships.organisation_id", "memberships.id"],
            name=op.f("fk_agents_organisation_id_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "outgoing_project_id"],
            ["projects.organisation_id", "projects.id"],
            name=op.f("fk_agents_organisation_id_outgoing_project_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_agents_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_agents_organisation_id_id")),
    )
    op.create_table(
        "channel_announcements",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sound_id", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('blocked', 'default', 'own')", name=op.f("ck_channel_announcements_kind")),
        sa.CheckConstraint(
            "purpose IN ('greeting', 'hold', 'voicemail')", name=op.f("ck_channel_announcements_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "sound_id"],
            ["sounds.organisation_id", "sounds.id"],
            name=op.f("fk_channel_announcements_organisation_id_sound_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_channel_announcements_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "purpose", name=op.f("pk_channel_announcements")),
    )
    with op.batch_alter_table("channel_announcements", schema=None) as batch_op:
        batch_op.create_index("ix_channel_announcements_sound", ["sound_id"], unique=False)

    op.create_table(
        "channel_users",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('chat', 'voice_in', 'voice_out', 'email', 'sms', 'facebook')",
            name=op.f("ck_channel_users_channel"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["memberships.organisation_id", "memberships.id"],
            name=op.f("fk_channel_users_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_channel_users_organisation_id")
        ),
        sa.PrimaryKeyConstraint("channel", "person_id", name=op.f("pk_channel_users")),
    )
    with op.batch_alter_table("channel_users", schema=None) as batch_op:
        batch_op.create_index("ix_channel_users_person", ["person_id"], unique=False)

    op.create_table(
        "licences",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("assigned_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("medium IN ('audio', 'video', 'chat')", name=op.f("ck_licences_medium")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["memberships.organisation_id", "memberships.id"],
            name=op.f("fk_licences_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_licences_organisation_id")),
        sa.PrimaryKeyConstraint("medium", "person_id", name=op.f("pk_licences")),
    )
    with op.batch_alter_table("licences", schema=None) as batch_op:
        batch_op.create_index("ix_licences_organisation", ["organisation_id", "medium"], unique=False)

    op.create_table(
        "project_members",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("audio", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("video", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("chat", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("direction", sa.Text(), server_default="both", nullable=False),
        sa.Column("may_be_off", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("skills", sa.Text(), server_default="[]", nullable=False),
        sa.Column("chat_capacity", sa.BigInteger(), server_default="3", nullable=False),
        sa.Column("added_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "direction IN ('incoming', 'outgoing', 'both', 'off')", name=op.f("ck_project_members_direction")
        ),
        sa.CheckConstraint("role IN ('agent', 'supervisor')", name=op.f("ck_project_members_role")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["memberships.organisation_id", "memberships.id"],
            name=op.f("fk_project_members_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["projects.organisation_id", "projects.id"],
            name=op.f("fk_project_members_organisation_id_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_project_members_organisation_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "person_id", name=op.f("pk_project_members")),
    )
    with op.batch_alter_table("project_members", schema=None) as batch_op:
        batch_op.create_index("ix_project_members_person", ["person_id"], unique=False)

    op.create_table(
        "triggers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("widget_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("delay_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("language IN ('pl', 'en')", name=op.f("ck_triggers_language")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "widget_id"],
            ["widgets.organisation_id", "widgets.id"],
            name=op.f("fk_triggers_organisation_id_widget_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_triggers_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triggers")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_triggers_organisation_id_id")),
        sa.UniqueConstraint("widget_id", "language", name=op.f("uq_triggers_widget_id_language")),
    )


def downgrade() -> None:
    op.drop_table("triggers")
    op.drop_table("project_members")
    op.drop_table("licences")
    op.drop_table("channel_users")
    op.drop_table("channel_announcements")
    op.drop_table("agents")
    op.drop_table("widgets")
    op.drop_table("templates")
    op.drop_table("projects")
    op.drop_table("licence_limits")
    op.drop_table("companies")
    op.drop_table("channels")
