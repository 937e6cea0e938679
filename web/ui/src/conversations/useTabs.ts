/** The tab of conversations, with what is unread. */
import { IconMessages } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Tab } from "@/base/tabs";

import { useUnreadTotal } from "./list/unread";

export function useTabs(): readonly Tab[] {
  const { t } = useTranslation();
  const count = useUnreadTotal();
  return [{ to: "/conferencing", label: t("common.nav.conferencing"), icon: IconMessages, count, order: 30 }];
}
