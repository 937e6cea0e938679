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
import { Link, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import classes from "@/accounts/admin/AdminPage.module.css";
import { Empty } from "@/base/Empty";
import { useMay } from "@/base/session";
import { SetupBar } from "@/settings/start/SetupBar";

import frame from "./settings.module.css";

/** On a phone the parts stand in one line that scrolls: begin where one is. */
function showActive(link: HTMLAnchorElement | null): void {
  if (link?.dataset.active === "true") link.scrollIntoView({ inline: "center", block: "nearest" });
}

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
      <div className={`${classes.page ?? ""} ${frame.parts ?? ""}`}>
        <nav className={classes.nav} aria-label={t("common.nav.settings")}>
          {parts.map(({ to, label, icon: Icon }) => (
            <Link key={to} to={to} ref={showActive} className={classes.item} activeProps={{ "data-active": true }}>
              <Icon size={20} stroke={1.7} aria-hidden="true" />
              {label}
            </Link>
          ))}
        </nav>
        <div className={classes.content}>
          <Outlet />
        </div>
      </div>
      <SetupBar />
    </div>
  );
}

export function SettingsPage() {
  const { t } = useTranslation();
  if (useMay("desk.configure")) return <Parts />;
  return <Empty icon={IconLock} title={t("admin.forbidden.title")} text={t("admin.forbidden.text")} />;
}
