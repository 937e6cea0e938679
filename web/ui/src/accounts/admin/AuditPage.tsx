/** Who did what when: read, narrowed down, taken away as a file (BEY-022). */
import { Button, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconDownload, IconHistory } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, type AuditRow } from "@/accounts/rest";
import { Empty } from "@/base/Empty";
import { useFormats } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { Page, Panel } from "@/base/Page";
import { Row, Rows } from "@/base/parts/Rows";
import { ProblemAlert } from "@/base/problems";

import classes from "./admin.module.css";
import { type AuditForm, buildChoice, EVERYTHING, FAMILIES, readableDetails } from "./audit";
import { useAudit, usePeople } from "./queries";

// locale-keys: admin.audit.action.* admin.audit.detail.* admin.audit.family.* admin.audit.column.*
function useWords() {
  const { t, i18n } = useTranslation();
  const { dateTime } = useFormats();
  const say = (part: "action" | "detail", name: string) => {
    const key = `admin.audit.${part}.${name}`;
    return i18n.exists(key) ? t(key) : name;
  };
  const value = (name: string, one: unknown): string => {
    if (name.endsWith("_at_ms") && typeof one === "number") return dateTime(one);
    if (typeof one === "boolean") return one ? t("admin.audit.yes") : t("admin.audit.no");
    return typeof one === "string" || typeof one === "number" ? String(one) : JSON.stringify(one);
  };
  return {
    action: (row: AuditRow) => say("action", row.action),
    details: (row: AuditRow) =>
      readableDetails(row.details)
        .map(([name, one]) => `${say("detail", name)}: ${value(name, one)}`)
        .join(" · "),
  };
}

function PersonChoice({ value, onChange }: { value: string | null; onChange: (id: string | null) => void }) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [query] = useDebouncedValue(words.trim(), 250);
  const people = usePeople(query);
  const rows = people.data?.pages.flatMap((one) => one.items) ?? [];
  return (
    <Select
      label={t("admin.audit.who")}
      placeholder={t("admin.audit.anybody")}
      data={rows.map((person) => ({ value: person.id, label: person.name }))}
      filter={({ options }) => options}
      searchable
      clearable
      value={value}
      onChange={onChange}
      onSearchChange={setWords}
    />
  );
}

function Choices({ form, onChange }: { form: AuditForm; onChange: (form: AuditForm) => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.choices}>
      <PersonChoice value={form.author_id} onChange={(author_id) => onChange({ ...form, author_id })} />
      <Select
        label={t("admin.audit.what")}
        placeholder={t("admin.audit.anything")}
        data={FAMILIES.map((family) => ({ value: family, label: t(`admin.audit.family.${family}`) }))}
        clearable
        value={form.action}
        onChange={(action) => onChange({ ...form, action })}
      />
      <TextInput
        type="date"
        size="sm"
        label={t("admin.audit.since")}
        value={form.since}
        {...(form.until !== "" && { max: form.until })}
        onChange={(event) => onChange({ ...form, since: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        size="sm"
        label={t("admin.audit.until")}
        value={form.until}
        {...(form.since !== "" && { min: form.since })}
        onChange={(event) => onChange({ ...form, until: event.currentTarget.value })}
      />
    </div>
  );
}

function Change({ row }: { row: AuditRow }) {
  const { dateTime } = useFormats();
  const words = useWords();
  const details = words.details(row);
  return (
    <Row>
      <div className="grow">
        <Text size="sm">
          <b>{row.author.name}</b> · {words.action(row)}
          {row.subject_name !== "" && row.subject_id !== row.author.id && ` · ${row.subject_name}`}
        </Text>
        {details !== "" && <p className={classes.details}>{details}</p>}
      </div>
      <Text component="time" size="sm" c="dimmed" dateTime={new Date(row.at_ms).toISOString()}>
        {dateTime(row.at_ms)}
      </Text>
    </Row>
  );
}

export function AuditPage() {
  const { t } = useTranslation();
  const [form, setForm] = useState(EVERYTHING);
  const { startOfDay } = useFormats();
  const choice = buildChoice(form, startOfDay);
  const query = useAudit(choice);
  const rows = query.data?.pages.flatMap((one) => one.items) ?? [];
  const isNarrowed = Object.values(choice).some((one) => one !== null);
  return (
    <Page title={t("admin.audit.title")}>
      <Panel
        title={t("admin.audit.heading")}
        text={t("admin.audit.text")}
        action={
          <Button
            component="a"
            href={api.audit.exportAddress(choice)}
            download
            variant="light"
            leftSection={<IconDownload size={18} aria-hidden="true" />}
          >
            {t("admin.audit.export")}
          </Button>
        }
      >
        <Choices form={form} onChange={setForm} />
        {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
        {query.data === undefined && !query.isError && <Loading />}
        {query.data !== undefined && rows.length === 0 && (
          <Empty inline icon={IconHistory} title={isNarrowed ? t("admin.audit.none_found") : t("admin.audit.none")}>
            {isNarrowed && (
              <Button variant="subtle" onClick={() => setForm(EVERYTHING)}>
                {t("admin.audit.reset")}
              </Button>
            )}
          </Empty>
        )}
        <Rows>
          {rows.map((row) => (
            <Change key={row.id} row={row} />
          ))}
        </Rows>
        {query.hasNextPage && (
          <Button variant="subtle" fullWidth loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("common.more")}
          </Button>
        )}
      </Panel>
    </Page>
  );
}
