/** Language, time zone and theme (PBX-015). Each is saved when chosen. */
import { Input, Select, SimpleGrid, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { LANGUAGE_NAMES, LANGUAGES } from "@/base/i18n";
import { Panel } from "@/base/Page";
import { ProblemAlert } from "@/base/problems";
import { useSession } from "@/base/session";

import { ThemeControl } from "./ThemeControl";
import { useChangeLanguage } from "./useChangeLanguage";
import { useProfileChange } from "./useProfileChange";

const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone")];

export function PreferencesPanel() {
  const { t } = useTranslation();
  const { profile } = useSession();
  const save = useProfileChange();
  const changeLanguage = useChangeLanguage();
  const zones = ZONES.includes(profile.time_zone) ? ZONES : [profile.time_zone, ...ZONES];
  return (
    <Panel title={t("profile.preferences.title")}>
      <Stack gap="md">
        {save.error && <ProblemAlert error={save.error} />}
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Select
            size="md"
            label={t("profile.preferences.language")}
            data={LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] }))}
            value={profile.language}
            onChange={(value) => {
              if (value !== null) changeLanguage(value);
            }}
          />
          <Select
            size="md"
            label={t("profile.preferences.timeZone")}
            data={zones}
            searchable
            limit={80}
            nothingFoundMessage={t("profile.preferences.noZone")}
            value={profile.time_zone}
            disabled={save.isPending}
            onChange={(value) => {
              if (value !== null && value !== profile.time_zone) save.mutate({ time_zone: value });
            }}
          />
        </SimpleGrid>
        <Input.Wrapper label={t("common.theme.label")} labelElement="div" size="md">
          <ThemeControl />
        </Input.Wrapper>
      </Stack>
    </Panel>
  );
}
