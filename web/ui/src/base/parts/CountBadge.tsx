/** How many messages are not read: seen as a number, heard as a sentence. */
import { useTranslation } from "react-i18next";

import classes from "./CountBadge.module.css";

export function CountBadge({ unread }: { unread: number }) {
  const { t } = useTranslation();
  return (
    <span className={classes.count}>
      <span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
      <span className="visually-hidden">{t("common.unread", { count: unread })}</span>
    </span>
  );
}
