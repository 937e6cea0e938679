/** Which project a page of settings is about: the first one, until another is chosen. */
import { Alert, Select } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useProjects } from "@/settings/queries";

export function useChosenProject(): [string | null, (project: string) => void] {
  const [chosen, choose] = useState<string | null>(null);
  const { data } = useProjects();
  const exists = data?.items.some((project) => project.id === chosen);
  return [exists ? chosen : (data?.items[0]?.id ?? null), choose];
}

/** Nothing to choose with one project; a way to the first with none. */
export function ChooseProject({ value, onChange }: { value: string | null; onChange: (project: string) => void }) {
  const { t } = useTranslation();
  const { data } = useProjects();
  if (data === undefined) return null;
  if (data.items.length === 0) {
    return (
      <Alert variant="light">
        {t("settings.projects.noneYet")} <Link to="/settings/projects">{t("settings.projects.title")}</Link>
      </Alert>
    );
  }
  if (data.items.length === 1) return null;
  return (
    <Select
      maw={360}
      label={t("settings.projects.one")}
      data={data.items.map((project) => ({ value: project.id, label: project.name }))}
      value={value}
      onChange={(project) => project !== null && onChange(project)}
    />
  );
}
