/** Shown on a tile only when it matters: that somebody's line is weak, in words for whoever asks. */
import { Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconAntennaBarsOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { useCall } from "@/calls/conference/callContext";
import { troubleOf } from "@/media/quality";

import classes from "./QualityMark.module.css";

const ICONS = { fair: IconAlertTriangle, poor: IconAlertTriangle, lost: IconAntennaBarsOff };

/** What is to be said of a participant's line; null while it is good. */
export function useTrouble(participantId: string, own: boolean) {
  const { t } = useTranslation();
  const trouble = troubleOf(useValue(useCall().quality).get(participantId));
  if (trouble === null) return null;
  const whose = own ? "own" : "other";
  // locale-keys: conference.quality.own.*, conference.quality.other.*
  const words = trouble.level === "lost" ? t(`conference.quality.${whose}.lost`) : t(`conference.quality.${whose}.${trouble.way}.${trouble.level}`);
  return { level: trouble.level, words };
}

export function QualityMark({ level, words }: { level: keyof typeof ICONS; words: string }) {
  const Icon = ICONS[level];
  return (
    <Tooltip withinPortal={false} multiline maw={240} label={words} events={{ hover: true, focus: true, touch: true }}>
      <span className={classes.mark} data-level={level} data-testid="quality-mark">
        <Icon size={17} />
      </span>
    </Tooltip>
  );
}
