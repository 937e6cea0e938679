/** The symbol of the channel a contact came by (CC-071). */
import { IconMailFilled, IconMessageCircleFilled, IconPhoneFilled, IconVideoFilled } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Visit } from "@/desk/rest";

import classes from "./MediumIcon.module.css";

const ICONS = { chat: IconMessageCircleFilled, audio: IconPhoneFilled, video: IconVideoFilled, message: IconMailFilled } as const;

export type ContactKind = keyof typeof ICONS;

export function kindOf(visit: Pick<Visit, "medium" | "state" | "form">): ContactKind {
  return visit.state === "message" || visit.form !== null ? "message" : visit.medium;
}

// locale-keys: desk.medium.*
export function MediumIcon({ kind, size = 40 }: { kind: ContactKind; size?: number }) {
  const { t } = useTranslation();
  const Icon = ICONS[kind];
  return (
    <span className={classes.medium} data-kind={kind} data-size={size < 36 ? "small" : undefined} role="img" aria-label={t(`desk.medium.${kind}`)}>
      <Icon size={Math.round(size * 0.52)} aria-hidden="true" />
    </span>
  );
}
