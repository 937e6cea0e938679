/** Online, Przerwa or Offline, in the account menu (CC-010, CC-042, CC-211). */
import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";

import classes from "./agent.module.css";
import { useAgentHome, useSetStatus, type AgentStatus } from "./home";

const STATUSES: readonly AgentStatus[] = ["online", "break", "offline"];

/** Decorative: the word stands beside it. */
export function StatusDot({ status }: { status: AgentStatus }) {
  return <span className={classes.dot} data-status={status} aria-hidden="true" />;
}

export function StatusControl() {
  // locale-keys: agent.status.*
  const { t } = useTranslation();
  const { data: home } = useAgentHome();
  const { mutate } = useSetStatus();
  if (home === undefined) return null;
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label={t("agent.status.label")}
      value={home.status}
      onChange={(status) => mutate(status)}
      data={STATUSES.map((status) => ({
        value: status,
        label: (
          <span className={classes.status}>
            <StatusDot status={status} />
            {t(`agent.status.${status}`)}
          </span>
        ),
      }))}
    />
  );
}
