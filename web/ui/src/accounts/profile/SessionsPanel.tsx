/** Where one is signed in, and a way to end it; and attempts that failed. */
import { Badge, Button, Text } from "@mantine/core";
import { IconDeviceDesktop, IconDeviceMobile, IconLockX, IconTerminal2 } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { keys } from "@/accounts/keys";
import { api, type RefusedSignInRow, type SessionRow } from "@/accounts/rest";
import { useFormats } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { Panel } from "@/base/Page";
import { Row, Rows } from "@/base/parts/Rows";
import { ProblemAlert, tellProblem } from "@/base/problems";

import { describeAgent } from "./agents";

function Session({ row }: { row: SessionRow }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const cache = useQueryClient();
  const agent = describeAgent(row.user_agent);
  const name = agent.name === "" ? t("profile.sessions.unknown") : agent.name;
  const Icon = row.kind === "bearer" ? IconTerminal2 : agent.isPhone ? IconDeviceMobile : IconDeviceDesktop;
  const revoke = useMutation({
    mutationFn: () => api.session.revoke(row.id),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.sessions }),
    onError: tellProblem,
  });
  return (
    <Row>
      <Icon size={24} stroke={1.6} aria-hidden="true" />
      <div className="grow">
        <Text fw={600} size="sm">
          {name}
        </Text>
        <Text size="sm" c="dimmed">
          {t("profile.sessions.seen", { address: row.address, date: dateTime(row.last_seen_at_ms) })}
        </Text>
      </div>
      {row.current ? (
        <Badge variant="light" color="green" tt="none">
          {t("profile.sessions.current")}
        </Badge>
      ) : (
        <Button
          size="xs"
          variant="default"
          loading={revoke.isPending}
          aria-label={t("profile.sessions.endNamed", { name })}
          onClick={() => revoke.mutate()}
        >
          {t("profile.sessions.end")}
        </Button>
      )}
    </Row>
  );
}

export function SessionsPanel() {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: keys.sessions, queryFn: api.session.list, staleTime: 0 });
  return (
    <Panel title={t("profile.sessions.title")} text={t("profile.sessions.text")}>
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.data === undefined && !query.isError && <Loading />}
      <Rows>
        {query.data?.items.map((row) => (
          <Session key={row.id} row={row} />
        ))}
      </Rows>
    </Panel>
  );
}

function Refused({ row }: { row: RefusedSignInRow }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const agent = describeAgent(row.user_agent);
  return (
    <Row>
      <IconLockX size={24} stroke={1.6} aria-hidden="true" />
      <div className="grow">
        <Text fw={600} size="sm">
          {agent.name === "" ? t("profile.sessions.unknown") : agent.name}
        </Text>
        <Text size="sm" c="dimmed">
          {t("profile.sessions.refusedRow", { address: row.address, date: dateTime(row.at_ms) })}
        </Text>
      </div>
    </Row>
  );
}

export function RefusedSignInsPanel() {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: keys.refusedSignIns, queryFn: api.session.refused, staleTime: 0 });
  const rows = query.data?.items ?? [];
  return (
    <Panel
      title={t("profile.sessions.refusedTitle")}
      text={rows.length === 0 ? "" : t("profile.sessions.refusedText")}
    >
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.data === undefined && !query.isError && <Loading />}
      {query.data !== undefined && rows.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("profile.sessions.refusedNone")}
        </Text>
      )}
      <Rows>
        {rows.map((row) => (
          <Refused key={row.id} row={row} />
        ))}
      </Rows>
    </Panel>
  );
}
