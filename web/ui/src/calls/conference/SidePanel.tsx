/** What stands beside the pictures of a call, and goes over them on a phone: its title, and the way to close it. */
import { CloseButton } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import classes from "./SidePanel.module.css";

interface SidePanelProps {
  kind: "people" | "chat" | "statistics";
  title: string;
  testId: string;
  onClose: () => void;
  children: ReactNode;
}

export function SidePanel({ kind, title, testId, onClose, children }: SidePanelProps) {
  const { t } = useTranslation();
  return (
    <aside className={classes.side} data-kind={kind} aria-label={title} data-testid={testId}>
      <div className={classes.head}>
        <h2 className={classes.title}>{title}</h2>
        {/* In a chat one wants to write. */}
        <CloseButton onClick={onClose} aria-label={t("conference.close")} size="lg" autoFocus={kind !== "chat"} />
      </div>
      {children}
    </aside>
  );
}
