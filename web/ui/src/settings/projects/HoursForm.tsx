/** Godziny: when a project is open, in local wall time, with holidays and single dates (BEY-053). */
import { ActionIcon, Button, Group, Select, SimpleGrid, Stack, Switch, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Panel } from "@/base/Page";
import { ProblemAlert, tellDone } from "@/base/problems";
import { useChangeProject } from "@/settings/queries";
import type { Hours, Project } from "@/settings/rest";
import classes from "./HoursForm.module.css";

type Span = [string, string];

const OFFICE: Hours = { week: [...Array.from({ length: 5 }, (): Span[] => [["08:00", "16:00"]]), [], []], holidays: true, dates: {} };
// Monday to Sunday: 2024 began with a Monday.
const DAYS = Array.from({ length: 7 }, (_, day) => new Date(2024, 0, day + 1));
const ZONES = Intl.supportedValuesOf("timeZone");

function Spans({ spans, name, onChange }: { spans: Span[]; name: string; onChange: (spans: Span[]) => void }) {
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

export function HoursForm({ project }: { project: Project }) {
  // locale-keys: settings.holiday.*
  const { t, i18n } = useTranslation();
  const { dateTime } = useFormats();
  const save = useChangeProject();
  const [hours, setHours] = useState<Hours | null>(project.hours);
  const [zone, setZone] = useState(project.time_zone);
  const [country, setCountry] = useState(project.country);
  const [date, setDate] = useState("");
  const weekday = new Intl.DateTimeFormat(i18n.language, { weekday: "long" });
  const day = new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const change = hours === null ? { always_open: true } : { hours };
    save.mutate([project.id, { version: project.version, time_zone: zone, country, ...change }], { onSuccess: () => tellDone(t("profile.saved")) });
  };
  return (
    <Panel
      title={t("settings.hours.title")}
      text={
        project.open
          ? project.changes_at_ms === null
            ? t("settings.hours.openNow")
            : t("settings.hours.openUntil", { time: dateTime(project.changes_at_ms) })
          : project.changes_at_ms === null
            ? t("settings.hours.closedNow")
            : t("settings.hours.closedUntil", { time: dateTime(project.changes_at_ms) })
      }
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          {save.error && <ProblemAlert error={save.error} />}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <Select
              label={t("settings.hours.zone")}
              searchable
              data={ZONES.includes(zone) ? ZONES : [zone, ...ZONES]}
              value={zone}
              onChange={(value) => value !== null && setZone(value)}
            />
            <Select
              label={t("settings.hours.country")}
              data={[
                { value: "PL", label: t("settings.hours.poland") },
                { value: "", label: t("settings.hours.noHolidays") },
              ]}
              value={country === "PL" ? "PL" : ""}
              onChange={(value) => value !== null && setCountry(value)}
            />
          </SimpleGrid>
          <Switch
            label={t("settings.hours.always")}
            checked={hours === null}
            onChange={(event) => setHours(event.currentTarget.checked ? null : (project.hours ?? OFFICE))}
          />
          {hours !== null && (
            <>
              <div>
                {DAYS.map((one, index) => {
                  const name = weekday.format(one);
                  return (
                    <div key={name} className={classes.hoursDay}>
                      <Text fw={550} size="sm" pt={6} tt="capitalize">
                        {name}
                      </Text>
                      <Spans
                        name={name}
                        spans={hours.week[index] ?? []}
                        onChange={(spans) => setHours({ ...hours, week: hours.week.map((old, other) => (other === index ? spans : old)) })}
                      />
                    </div>
                  );
                })}
              </div>
              <Switch
                label={t("settings.hours.holidays")}
                checked={hours.holidays ?? true}
                onChange={(event) => setHours({ ...hours, holidays: event.currentTarget.checked })}
              />
              <Text fw={600} size="sm">
                {t("settings.hours.dates")}
              </Text>
              {Object.entries(hours.dates ?? {})
                .sort(([one], [other]) => one.localeCompare(other))
                .map(([written, spans]) => {
                  const name = day.format(new Date(`${written}T00:00:00Z`));
                  const others = Object.fromEntries(Object.entries(hours.dates ?? {}).filter(([key]) => key !== written));
                  return (
                    <div key={written} className={classes.hoursDay}>
                      <Group gap={4} wrap="nowrap">
                        <Text fw={550} size="sm">
                          {name}
                        </Text>
                        <ActionIcon variant="subtle" color="red" size="sm" aria-label={t("settings.hours.removeDate", { name })} onClick={() => setHours({ ...hours, dates: others })}>
                          <IconX size={15} />
                        </ActionIcon>
                      </Group>
                      <Spans name={name} spans={spans} onChange={(next) => setHours({ ...hours, dates: { ...others, [written]: next } })} />
                    </div>
                  );
                })}
              <Group gap="sm" align="flex-end">
                <TextInput type="date" size="sm" label={t("settings.hours.date")} value={date} onChange={(event) => setDate(event.currentTarget.value)} />
                <Button
                  variant="default"
                  disabled={date === ""}
                  onClick={() => {
                    setHours({ ...hours, dates: { ...hours.dates, [date]: [] } });
                    setDate("");
                  }}
                >
                  {t("settings.hours.addDate")}
                </Button>
              </Group>
              {country === "PL" && hours.holidays !== false && (
                <details>
                  <summary>{t("settings.hours.listed")}</summary>
                  <ul>
                    {project.holidays.map((holiday) => (
                      <li key={holiday.date}>
                        {day.format(new Date(`${holiday.date}T00:00:00Z`))}: {t(`settings.holiday.${holiday.key}`)}
                      </li>
                    ))}
                  </ul>
                </details>
              )}
            </>
          )}
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
