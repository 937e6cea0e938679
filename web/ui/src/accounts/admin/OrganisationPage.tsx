/** The organisation's name and its limits (CC-165). */
import { Button, Group, Stack, Switch, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { keys } from "@/accounts/keys";
import { api, type OrganisationDetails } from "@/accounts/rest";
import { Loading } from "@/base/Loading";
import { Page, Panel } from "@/base/Page";
import { isConflict, ProblemAlert, tellDone } from "@/base/problems";

import classes from "./admin.module.css";
import { useOrganisation } from "./queries";

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** 22 MB, 17 GB, in powers of 1024. */
export function formatBytes(bytes: number, language: string): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / 1024 ** power);
  return `${number} ${UNITS[power] ?? ""}`;
}

function NameForm({ organisation }: { organisation: OrganisationDetails }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [name, setName] = useState(organisation.name);
  const [hasCards, setCards] = useState(organisation.link_cards);
  const [version, setVersion] = useState(organisation.version);
  const save = useMutation({
    mutationFn: () => api.organisation.change({ version, name: name.trim(), link_cards: hasCards }),
    onSuccess: async (now) => {
      setVersion(now.version);
      cache.setQueryData(keys.organisation, now);
      tellDone(t("profile.saved"));
      await cache.invalidateQueries({ queryKey: keys.session });
    },
  });
  const reload = useMutation({
    mutationFn: api.organisation.read,
    onSuccess: (now) => {
      cache.setQueryData(keys.organisation, now);
      setName(now.name);
      setCards(now.link_cards);
      setVersion(now.version);
      save.reset();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md" maw={420}>
        {save.error && (
          <ProblemAlert
            error={save.error}
            {...(isConflict(save.error) && { retryLabel: t("common.reload"), onRetry: () => reload.mutate() })}
          />
        )}
        <TextInput
          label={t("admin.organisation.name")}
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Switch
          label={t("admin.organisation.linkCards")}
          description={t("admin.organisation.linkCardsText")}
          checked={hasCards}
          onChange={(event) => setCards(event.currentTarget.checked)}
        />
        <Group justify="flex-end">
          <Button
            type="submit"
            loading={save.isPending}
            disabled={name.trim() === "" || (name === organisation.name && hasCards === organisation.link_cards)}
          >
            {t("common.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function OrganisationPage() {
  // locale-keys: admin.organisation.packages.*
  const { t, i18n } = useTranslation();
  const query = useOrganisation();
  const organisation = query.data;
  const of = (used: number | string, limit: number | string | null) =>
    limit === null ? t("admin.organisation.unlimited", { used }) : t("admin.organisation.of", { used, limit });
  return (
    <Page title={t("admin.organisation.title")}>
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {organisation === undefined && !query.isError && <Loading />}
      {organisation !== undefined && (
        <>
          <Panel title={t("admin.organisation.data")}>
            <NameForm organisation={organisation} />
          </Panel>
          <Panel title={t("admin.organisation.limits")} text={t("admin.organisation.limitsText")}>
            <dl className={classes.facts}>
              <div>
                <dt>{t("admin.organisation.package")}</dt>
                <dd>{t(`admin.organisation.packages.${organisation.package}`)}</dd>
              </div>
              <div>
                <dt>{t("admin.organisation.people")}</dt>
                <dd>{of(organisation.people_count, organisation.people_limit)}</dd>
              </div>
              <div>
                <dt>{t("admin.organisation.repository")}</dt>
                <dd>
                  {of(
                    formatBytes(organisation.repository_bytes, i18n.language),
                    organisation.repository_limit_bytes === null ? null : formatBytes(organisation.repository_limit_bytes, i18n.language),
                  )}
                </dd>
              </div>
              {organisation.mailbox_limit !== null && (
                <div>
                  <dt>{t("admin.organisation.mailboxes")}</dt>
                  <dd>{of(0, organisation.mailbox_limit)}</dd>
                </div>
              )}
            </dl>
          </Panel>
        </>
      )}
    </Page>
  );
}
