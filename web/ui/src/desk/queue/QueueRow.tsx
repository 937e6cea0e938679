/** One contact in a list: channel, who, from which page, since when, and whom it rings at. */
import { UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { formatDuration, useFormats } from "@/base/formats";
import { CountBadge } from "@/base/parts/CountBadge";
import { useLive } from "@/base/session";
import { describePage, nameOf } from "@/desk/describing";
import type { Visit } from "@/desk/rest";

import { MediumIcon, kindOf } from "./MediumIcon";
import classes from "./QueueRow.module.css";

export function QueueRows({ children }: { children: ReactNode }) {
  return <ul className={classes.rows}>{children}</ul>;
}

interface RowProps {
  visit: Visit;
  now_ms: number;
  /** 1: the next one. */
  place?: number;
  unread?: number;
  isOpen?: boolean;
  onOpen: () => void;
  children?: ReactNode;
}

export function QueueRow({ visit, now_ms, place, unread = 0, isOpen = false, onOpen, children }: RowProps) {
  const { t } = useTranslation();
  const { selfId } = useLive();
  const { brief } = useFormats();
  const isWaiting = visit.state === "waiting" || visit.state === "offered";
  const kind = kindOf(visit);
  let note = describePage(visit.visitor.page_url || visit.page_url, visit.visitor.page_url === "" ? visit.page_title : visit.visitor.page_title);
  if (visit.state === "wrapping") note = t("desk.row.wrapping");
  else if (visit.held) note = t("desk.row.held");
  else if (visit.ringing !== null && visit.ringing.agent.id !== selfId) note = t("desk.row.ringing", { name: visit.ringing.agent.name });
  else if (visit.form !== null) note = visit.form.text;
  return (
    <li className={classes.row} data-open={isOpen || undefined}>
      <UnstyledButton className={classes.rowButton} aria-current={isOpen ? "true" : undefined} onClick={onOpen}>
        <MediumIcon kind={kind} size={40} />
        <span className="grow">
          <span className={classes.rowLine}>
            <span className={classes.rowName}>{nameOf(visit.visitor)}</span>
            <span className={classes.rowTime} data-late={(isWaiting && now_ms - visit.asked_at_ms > 60_000) || undefined}>
              {isWaiting ? formatDuration(now_ms - visit.asked_at_ms) : brief(visit.answered_at_ms ?? visit.asked_at_ms)}
            </span>
          </span>
          <span className={classes.rowLine}>
            <span className={classes.rowNote}>{note}</span>
            {place !== undefined && <span className={classes.place}>{t("desk.row.place", { place })}</span>}
            {unread > 0 && <CountBadge unread={unread} />}
          </span>
          <span className={classes.rowProject}>{visit.project_name}</span>
        </span>
      </UnstyledButton>
      {children}
    </li>
  );
}
