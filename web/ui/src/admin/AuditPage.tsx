/** Who did what when (BEY-022, the part that an administrator reads). */
import { Button, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/app/Empty";
import { useFormats } from "@/app/formats";
import { Loading } from "@/app/Loading";
import { Page, Panel } from "@/app/Page";
import page from "@/app/Page.module.css";
import { ProblemAlert } from "@/app/problems";
import type { AuditRow } from "@/protocol/types";

import classes from "./AdminPage.module.css";
import { useAudit } from "./queries";

// locale-keys: admin.audit.action.*
function useActionName(): (action: string) => string {
  const { t, i18n } = useTranslation();
  return (action) => {
    const key = `admin.audit.action.${action}`;
    return i18n.exists(key) ? t(key) : action;
  };
}

function describeDetails(details: AuditRow["details"]): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" · ");
}

export function AuditPage() {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const query = useAudit();
  const nameOf = useActionName();
  const rows = query.data?.pages.flatMap((one) => one.items) ?? [];
  return (
    <Page title={t("admin.audit.title")}>
      <Panel title={t("admin.audit.heading")} text={t("admin.audit.text")}>
        {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
        {query.data === undefined && !query.isError && <Loading />}
        {query.data !== undefined && rows.length === 0 && <Empty inline icon={IconHistory} title={t("admin.audit.none")} />}
        <ul className={page.rows}>
          {rows.map((row) => (
            <li key={row.id} className={page.row}>
              <div className={page.grow}>
                <Text size="sm">
                  <b>{row.author.name}</b> · {nameOf(row.action)}
                </Text>
                {Object.keys(row.details).length > 0 && <p className={classes.details}>{describeDetails(row.details)}</p>}
              </div>
              <Text component="time" size="sm" c="dimmed" dateTime={new Date(row.at_ms).toISOString()}>
                {dateTime(row.at_ms)}
              </Text>
            </li>
          ))}
        </ul>
        {query.hasNextPage && (
          <Button variant="subtle" fullWidth loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("common.more")}
          </Button>
        )}
      </Panel>
    </Page>
  );
}
