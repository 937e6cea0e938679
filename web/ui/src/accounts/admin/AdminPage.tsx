/** Administration: its parts beside each other, for those who may (CC-156 keeps others out, on the server too). */
import { IconBuilding, IconHistory, IconKey, IconLock, IconUsers, IconUsersGroup } from "@tabler/icons-react";
import { Link, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { useMay } from "@/base/session";

import classes from "./AdminPage.module.css";

/** On a phone the parts stand in one line that scrolls: begin where one is. */
function showActive(link: HTMLAnchorElement | null): void {
  if (link?.dataset.active === "true") link.scrollIntoView({ inline: "center", block: "nearest" });
}

export function AdminPage() {
  const { t } = useTranslation();
  const mayManage = useMay("people.manage");
  if (!mayManage) return <Empty icon={IconLock} title={t("admin.forbidden.title")} text={t("admin.forbidden.text")} />;
  const parts = [
    { to: "/admin/people", label: t("admin.people.title"), icon: IconUsers },
    { to: "/admin/groups", label: t("admin.groups.title"), icon: IconUsersGroup },
    { to: "/admin/organisation", label: t("admin.organisation.title"), icon: IconBuilding },
    { to: "/admin/api-keys", label: t("admin.apiKeys.title"), icon: IconKey },
    { to: "/admin/audit", label: t("admin.audit.title"), icon: IconHistory },
  ] as const;
  return (
    <div className={classes.page}>
      <nav className={classes.nav} aria-label={t("common.nav.admin")}>
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
  );
}
