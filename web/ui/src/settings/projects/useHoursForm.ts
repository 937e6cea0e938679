/** The hours of a project while they are being changed, and how they are saved. */
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { tellDone } from "@/base/problems";
import { useChangeProject } from "@/settings/queries";
import type { Hours, Project } from "@/settings/rest";

/** From, to. */
export type Span = [string, string];

const OFFICE: Hours = { week: [...Array.from({ length: 5 }, (): Span[] => [["08:00", "16:00"]]), [], []], holidays: true, dates: {} };

/** hours  null: always open */
export function useHoursForm(project: Project) {
  const { t } = useTranslation();
  const save = useChangeProject();
  const [hours, setHours] = useState<Hours | null>(project.hours);
  const [zone, setZone] = useState(project.time_zone);
  const [country, setCountry] = useState(project.country);
  const change = (part: Partial<Hours>) => setHours((old) => old && { ...old, ...part });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const when = hours === null ? { always_open: true } : { hours };
    save.mutate([project.id, { version: project.version, time_zone: zone, country, ...when }], { onSuccess: () => tellDone(t("profile.saved")) });
  };
  return {
    hours,
    zone,
    setZone,
    country,
    setCountry,
    setAlways: (always: boolean) => setHours(always ? null : (project.hours ?? OFFICE)),
    setHolidays: (holidays: boolean) => change({ holidays }),
    setDay: (day: number, spans: Span[]) => setHours((old) => old && { ...old, week: old.week.map((before, other) => (other === day ? spans : before)) }),
    setDates: (dates: Record<string, Span[]>) => change({ dates }),
    submit,
    isSaving: save.isPending,
    error: save.error,
  };
}
