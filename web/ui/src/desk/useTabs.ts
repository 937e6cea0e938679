/** The tabs of whoever works at the desk. */
import { IconEye, IconHeadset, IconHome } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useMay } from "@/base/session";
import type { Tab } from "@/base/tabs";

import { useDeskTab } from "./queue/useDeskTab";

export function useTabs(): readonly Tab[] {
  const { t } = useTranslation();
  const desk = useDeskTab();
  const isStaff = useMay("desk.work");
  const tabs: Tab[] = [];
  if (isStaff) tabs.push({ to: "/home", label: t("common.nav.home"), icon: IconHome, count: 0, order: 10 });
  if (desk.isShown) tabs.push({ to: "/desk", label: t("common.nav.desk"), icon: IconHeadset, count: desk.count, order: 20 });
  if (desk.isSupervisor) tabs.push({ to: "/supervision", label: t("common.nav.supervision"), icon: IconEye, count: 0, order: 40 });
  return tabs;
}
