/** Single dates with hours of their own. */
import { ActionIcon, Button, Group, Text, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import classes from "./HoursForm.module.css";
import { Spans } from "./Spans";
import type { Span } from "./useHoursForm";

interface SpecialDatesProps {
  /** By date, as 2026-12-24; no spans: closed. */
  dates: Readonly<Record<string, Span[]>>;
  formatDay: (date: string) => string;
  onChange: (dates: Record<string, Span[]>) => void;
}

export function SpecialDates({ dates, formatDay, onChange }: SpecialDatesProps) {
  const { t } = useTranslation();
  const [date, setDate] = useState("");
  return (
    <>
      <Text fw={600} size="sm">
        {t("settings.hours.dates")}
      </Text>
      {Object.entries(dates)
        .sort(([one], [other]) => one.localeCompare(other))
        .map(([written, spans]) => {
          const name = formatDay(written);
          const others = Object.fromEntries(Object.entries(dates).filter(([key]) => key !== written));
          return (
            <div key={written} className={classes.hoursDay}>
              <Group gap={4} wrap="nowrap">
                <Text fw={550} size="sm">
                  {name}
                </Text>
                <ActionIcon variant="subtle" color="red" size="sm" aria-label={t("settings.hours.removeDate", { name })} onClick={() => onChange(others)}>
                  <IconX size={15} />
                </ActionIcon>
              </Group>
              <Spans name={name} spans={spans} onChange={(next) => onChange({ ...others, [written]: next })} />
            </div>
          );
        })}
      <Group gap="sm" align="flex-end">
        <TextInput type="date" size="sm" label={t("settings.hours.date")} value={date} onChange={(event) => setDate(event.currentTarget.value)} />
        <Button
          variant="default"
          disabled={date === ""}
          onClick={() => {
            onChange({ ...dates, [date]: [] });
            setDate("");
          }}
        >
          {t("settings.hours.addDate")}
        </Button>
      </Group>
    </>
  );
}
