/** Ogólne: company data, logo, channels, the script with its indicator, and the widget's looks (CC-152..161). */
import { Button, FileButton, Group, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { IconTrash, IconUpload } from "@tabler/icons-react";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { Loading } from "@/base/Loading";
import { Page, Panel } from "@/base/Page";
import { fieldProblem, isConflict, ProblemAlert, tellDone } from "@/base/problems";
import { ChannelSwitch } from "@/settings/channels/ChannelParts";
import { ChooseProject, useChosenProject } from "@/settings/projects/ChosenProject";
import { useChangeCompany, useChannels, useCompany, useDeleteLogo, usePutLogo, useWidget } from "@/settings/queries";
import type { Company } from "@/settings/rest";
import { Indicator, Script } from "@/settings/start/Snippet";

import classes from "./GeneralPage.module.css";
import { WidgetLooks } from "./WidgetLooks";

const FIELDS = [
  ["profile_name", 200],
  ["site_url", 500],
  ["street", 200],
  ["building", 20],
  ["flat", 20],
  ["postal_code", 20],
  ["city", 200],
  ["tax_number", 30],
  ["email", 254],
  ["phone", 40],
] as const;
type Field = (typeof FIELDS)[number][0];

function CompanyForm({ company, onReload }: { company: Company; onReload: () => void }) {
  // locale-keys: settings.company.*
  const { t } = useTranslation();
  const [edits, setEdits] = useState<Partial<Record<Field, string>>>({});
  const save = useChangeCompany();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate([{ version: company.version, ...edits }], {
      onSuccess: () => {
        setEdits({});
        tellDone(t("profile.saved"));
      },
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {save.error && (
          <ProblemAlert error={save.error} {...(isConflict(save.error) && { retryLabel: t("common.reload"), onRetry: onReload })} />
        )}
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          {FIELDS.map(([name, length]) => (
            <TextInput
              key={name}
              label={t(`settings.company.${name}`)}
              maxLength={length}
              {...(name === "site_url" && { placeholder: "https://" })}
              value={edits[name] ?? company[name]}
              error={fieldProblem(save.error, name)}
              onChange={(event) => setEdits({ ...edits, [name]: event.currentTarget.value })}
            />
          ))}
        </SimpleGrid>
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending} disabled={Object.keys(edits).length === 0}>
            {t("common.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Logo({ company }: { company: Company }) {
  const { t } = useTranslation();
  const put = usePutLogo();
  const remove = useDeleteLogo();
  return (
    <Panel title={t("settings.logo.title")} text={t("settings.logo.text")}>
      <Group gap="lg">
        <div className={classes.logo}>{company.logo_url === null ? t("settings.logo.none") : <img src={company.logo_url} alt={t("settings.logo.title")} />}</div>
        <Stack gap="xs">
          <FileButton accept="image/png,image/jpeg,image/webp,image/gif,image/bmp" onChange={(file) => file && put.mutate([file])}>
            {(props) => (
              <Button {...props} variant="light" leftSection={<IconUpload size={18} />} loading={put.isPending}>
                {t("settings.logo.choose")}
              </Button>
            )}
          </FileButton>
          {company.logo_url !== null && (
            <Button variant="subtle" color="red" leftSection={<IconTrash size={18} />} onClick={() => remove.mutate([])}>
              {t("settings.logo.remove")}
            </Button>
          )}
        </Stack>
      </Group>
    </Panel>
  );
}

function Channels() {
  const { t } = useTranslation();
  const { data: settings } = useChannels();
  return (
    <Panel title={t("settings.general.channels")}>
      <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }}>
        {settings?.channels.map((channel) => (
          <ChannelSwitch key={channel.channel} channel={channel} label={t(`settings.channel.${channel.channel}`)} />
        ))}
      </SimpleGrid>
    </Panel>
  );
}

export function GeneralPage() {
  const { t } = useTranslation();
  const company = useCompany();
  const [project, choose] = useChosenProject();
  const widget = useWidget(project);
  return (
    <Page title={t("settings.general.title")}>
      {company.isError && <ProblemAlert error={company.error} onRetry={() => void company.refetch()} />}
      {company.data === undefined && !company.isError && <Loading />}
      {company.data !== undefined && (
        <>
          <Panel title={t("settings.general.contact")}>
            <CompanyForm company={company.data} onReload={() => void company.refetch()} />
          </Panel>
          <Logo company={company.data} />
          <Channels />
          <ChooseProject value={project} onChange={choose} />
          {widget.data !== undefined && (
            <>
              <Panel title={t("settings.script.title")}>
                <Stack gap="lg">
                  <Script projectId={widget.data.project_id} widgetKey={widget.data.key} snippet={widget.data.snippet} />
                  <Indicator widget={widget.data} />
                </Stack>
              </Panel>
              <WidgetLooks key={widget.data.project_id} widget={widget.data} />
            </>
          )}
        </>
      )}
    </Page>
  );
}
