/** The tab of administrators. */
import { IconSettings } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useMay } from "@/base/session";
import type { Tab } from "@/base/tabs";

export function useTabs(): readonly Tab[] {
  const { t } = useTranslation();
  const isAdmin = useMay("people.manage");
  return isAdmin ? [{ to: "/admin", label: t("common.nav.admin"), icon: IconSettings, count: 0, order: 50 }] : [];
}
