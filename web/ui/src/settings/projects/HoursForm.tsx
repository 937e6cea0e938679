/** Godziny: when a project is open, in local wall time, with holidays and single dates (BEY-053). */
import { Button, Group, Select, SimpleGrid, Stack, Switch, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Panel } from "@/base/Page";
import { ProblemAlert } from "@/base/problems";
import type { Project } from "@/settings/rest";

import classes from "./HoursForm.module.css";
import { Spans } from "./Spans";
import { SpecialDates } from "./SpecialDates";
import { useHoursForm } from "./useHoursForm";

// Monday to Sunday: 2024 began with a Monday.
const DAYS = Array.from({ length: 7 }, (_, day) => new Date(2024, 0, day + 1));
const ZONES = Intl.supportedValuesOf("timeZone");

export function HoursForm({ project }: { project: Project }) {
  // locale-keys: settings.holiday.*
  const { t, i18n } = useTranslation();
  const { dateTime } = useFormats();
  const form = useHoursForm(project);
  const { hours, zone, country } = form;
  const weekday = new Intl.DateTimeFormat(i18n.language, { weekday: "long" });
  const day = new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const formatDay = (date: string) => day.format(new Date(`${date}T00:00:00Z`));
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
      <form onSubmit={form.submit}>
        <Stack gap="md">
          {form.error && <ProblemAlert error={form.error} />}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <Select
              label={t("settings.hours.zone")}
              searchable
              data={ZONES.includes(zone) ? ZONES : [zone, ...ZONES]}
              value={zone}
              onChange={(value) => value !== null && form.setZone(value)}
            />
            <Select
              label={t("settings.hours.country")}
              data={[
                { value: "PL", label: t("settings.hours.poland") },
                { value: "", label: t("settings.hours.noHolidays") },
              ]}
              value={country === "PL" ? "PL" : ""}
              onChange={(value) => value !== null && form.setCountry(value)}
            />
          </SimpleGrid>
          <Switch
            label={t("settings.hours.always")}
            checked={hours === null}
            onChange={(event) => form.setAlways(event.currentTarget.checked)}
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
                        onChange={(spans) => form.setDay(index, spans)}
                      />
                    </div>
                  );
                })}
              </div>
              <Switch
                label={t("settings.hours.holidays")}
                checked={hours.holidays ?? true}
                onChange={(event) => form.setHolidays(event.currentTarget.checked)}
              />
              <SpecialDates dates={hours.dates ?? {}} formatDay={formatDay} onChange={form.setDates} />
              {country === "PL" && hours.holidays !== false && (
                <details>
                  <summary>{t("settings.hours.listed")}</summary>
                  <ul>
                    {project.holidays.map((holiday) => (
                      <li key={holiday.date}>
                        {formatDay(holiday.date)}: {t(`settings.holiday.${holiday.key}`)}
                      </li>
                    ))}
                  </ul>
                </details>
              )}
            </>
          )}
          <Group justify="flex-end">
            <Button type="submit" loading={form.isSaving}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
