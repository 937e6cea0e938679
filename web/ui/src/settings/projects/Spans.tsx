/** When something is open on one day: from, to, several times. */
import { ActionIcon, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import classes from "./HoursForm.module.css";
import type { Span } from "./useHoursForm";

export function Spans({ spans, name, onChange }: { spans: Span[]; name: string; onChange: (spans: Span[]) => void }) {
  const { t } = useTranslation();
  const put = (index: number, place: 0 | 1, value: string) =>
    onChange(spans.map((span, other) => (other === index ? (place === 0 ? [value, span[1]] : [span[0], value]) : span)));
  return (
    <div className={classes.spans}>
      {spans.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("settings.hours.closed")}
        </Text>
      )}
      {spans.map((span, index) => (
        <span key={index} className={classes.span}>
          <TextInput size="sm" type="time" required aria-label={t("settings.hours.from", { name })} value={span[0]} onChange={(event) => put(index, 0, event.currentTarget.value)} />
          <span aria-hidden="true">–</span>
          <TextInput
            size="sm"
            type="time"
            required
            aria-label={t("settings.hours.to", { name })}
            value={span[1] === "24:00" ? "00:00" : span[1]}
            onChange={(event) => put(index, 1, event.currentTarget.value === "00:00" ? "24:00" : event.currentTarget.value)}
          />
          <ActionIcon variant="subtle" color="gray" aria-label={t("settings.hours.remove", { name })} onClick={() => onChange(spans.filter((_, other) => other !== index))}>
            <IconX size={16} />
          </ActionIcon>
        </span>
      ))}
      {spans.length < 6 && (
        <ActionIcon
          variant="light"
          aria-label={t("settings.hours.addSpan", { name })}
          onClick={() => onChange([...spans, spans.length === 0 ? ["08:00", "16:00"] : ["17:00", "20:00"]])}
        >
          <IconPlus size={16} />
        </ActionIcon>
      )}
    </div>
  );
}
