/** Administration: its parts beside each other, for those who may (CC-156 keeps others out, on the server too). */
import { IconBuilding, IconHistory, IconKey, IconLock, IconUsers, IconUsersGroup } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { SideNav } from "@/base/parts/SideNav";
import { useMay } from "@/base/session";


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
  return <SideNav label={t("common.nav.admin")} parts={parts} />;
}
