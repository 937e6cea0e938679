/** Ustawienia: the parts beside each other, for administrators alone (CC-151, CC-156 keeps others out, on the server too). */
import {
  IconBolt,
  IconBrandFacebook,
  IconBriefcase,
  IconClock,
  IconForms,
  IconLock,
  IconMail,
  IconMessageCircle,
  IconMessage2,
  IconPhone,
  IconSettings,
  IconUsers,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { SideNav } from "@/base/parts/SideNav";
import { useMay } from "@/base/session";
import { SetupBar } from "@/settings/start/SetupBar";

import frame from "./SettingsPage.module.css";

function Parts() {
  const { t } = useTranslation();
  const parts = [
    { to: "/settings/general", label: t("settings.general.title"), icon: IconSettings },
    { to: "/settings/users", label: t("settings.users.title"), icon: IconUsers },
    { to: "/settings/chat", label: t("settings.chat.title"), icon: IconMessageCircle },
    { to: "/settings/sms", label: t("settings.sms.title"), icon: IconMessage2 },
    { to: "/settings/voice", label: t("settings.voice.title"), icon: IconPhone },
    { to: "/settings/email", label: t("settings.email.title"), icon: IconMail },
    { to: "/settings/facebook", label: t("settings.facebook.title"), icon: IconBrandFacebook },
    { to: "/settings/triggers", label: t("settings.triggers.title"), icon: IconBolt },
    { to: "/settings/fields", label: t("settings.fields.title"), icon: IconForms },
    { to: "/settings/projects", label: t("settings.projects.title"), icon: IconBriefcase },
    { to: "/settings/hours", label: t("settings.hours.title"), icon: IconClock },
  ] as const;
  return (
    <div className={frame.frame}>
      <SideNav label={t("common.nav.settings")} parts={parts} />
      <SetupBar />
    </div>
  );
}

export function SettingsPage() {
  const { t } = useTranslation();
  if (useMay("desk.configure")) return <Parts />;
  return <Empty icon={IconLock} title={t("admin.forbidden.title")} text={t("admin.forbidden.text")} />;
}
