/** The frame of a call's window: dark ground, a bar with its title, the pictures, and what stands beside them. */
import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import classes from "./CallFrame.module.css";

/** phase: of the call that is shown; without it the window tells why there is none. */
export function CallPage({ phase, children }: { phase?: string; children: ReactNode }) {
  if (phase === undefined) return <div className={classes.page}>{children}</div>;
  return (
    <main className={classes.page} data-testid="conference" data-phase={phase}>
      {children}
    </main>
  );
}

export function CallBar({ title, children }: { title: string; children: ReactNode }) {
  return (
    <header className={classes.header}>
      <h1 className={classes.title}>{title}</h1>
      {children}
    </header>
  );
}

/** hint: who records; null: nobody does. */
export function RecordingMark({ hint }: { hint: string | null }) {
  const { t } = useTranslation();
  return (
    <span role="status" className={classes.recordingPlace}>
      {hint !== null && (
        <Tooltip withinPortal={false} label={hint}>
          <span className={classes.recording} data-testid="recording">
            {t("conference.recording.shown")}
          </span>
        </Tooltip>
      )}
    </span>
  );
}

/** Who hears the call without being in it, for its agent. */
export function SupervisionMark({ supervisors }: { supervisors: readonly { name: string; whispers: boolean }[] }) {
  const { t } = useTranslation();
  return (
    <span role="status" className={classes.supervision} data-testid="supervised-by">
      {supervisors.map(({ name, whispers }) => t(whispers ? "conference.supervised.whispers" : "conference.supervised.listens", { name })).join(" · ")}
    </span>
  );
}

export function CallBody({ frozen, children }: { frozen?: boolean; children: ReactNode }) {
  return (
    <div className={classes.body} data-frozen={frozen}>
      {children}
    </div>
  );
}
