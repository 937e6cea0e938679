/** What a supervisor sees: queues and agents as they are now, and a way into each conversation (BEY-054). */
import { Badge, Button, Drawer, Group, Text } from "@mantine/core";
import { IconEar, IconEye, IconHeadset, IconMicrophone, IconUsers } from "@tabler/icons-react";
import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { formatDuration } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { Page, Panel } from "@/base/Page";
import { Picture } from "@/base/people";
import { ProblemAlert, tellRefusal } from "@/base/problems";
import { useServerNow } from "@/base/useServerNow";
import { openConference } from "@/conversations/windows";
import { nameOf } from "@/desk/describing";
import { useSupervision, useVisitAct } from "@/desk/queries";
import { MediumIcon, kindOf } from "@/desk/queue/MediumIcon";
import { Preview } from "@/desk/queue/Preview";
import { type AgentLine, api, type ProjectLine, type SuperviseMode, type Visit } from "@/desk/rest";
import { useLooking } from "@/desk/looking";

import { listenTo, whisperTo, type Listening } from "./listening";
import classes from "./SupervisionPage.module.css";

const COLOURS: Readonly<Record<string, string>> = { online: "green", break: "orange", offline: "gray" };

// locale-keys: desk.status.*
function Agent({ agent, now_ms }: { agent: AgentLine; now_ms: number }) {
  const { t } = useTranslation();
  const status = agent.status === "online" && !agent.present ? "absent" : agent.status;
  return (
    <li className={classes.agent}>
      <Picture id={agent.person_id} name={agent.name} url={agent.avatar_url} size={36} />
      <span className="grow">
        <Text size="sm" fw={600} truncate>
          {agent.name}
        </Text>
        <Text size="xs" c="dimmed">
          {t("desk.supervise.load", { chats: agent.chats, calls: agent.calls })}
        </Text>
      </span>
      <Badge variant="light" color={COLOURS[status] ?? "gray"} tt="none">
        {t(`desk.status.${status}`)}
        {agent.status_at_ms > 0 && ` · ${formatDuration(now_ms - agent.status_at_ms)}`}
      </Badge>
    </li>
  );
}

// locale-keys: desk.medium.*
function Project({ project, now_ms }: { project: ProjectLine; now_ms: number }) {
  const { t } = useTranslation();
  const online = project.agents.filter((agent) => agent.status === "online").length;
  return (
    <Panel
      title={project.name}
      action={
        <Group gap={6}>
          {!project.open && (
            <Badge variant="light" color="gray" tt="none">
              {t("desk.supervise.closed")}
            </Badge>
          )}
          {(["chat", "audio", "video"] as const).map((medium) => (
            <Badge key={medium} variant="light" color={project.live[medium] === true ? "green" : "gray"} tt="none">
              {t(`desk.medium.${medium}`)}: {project.live[medium] === true ? t("desk.supervise.live") : t("desk.supervise.notLive")}
            </Badge>
          ))}
        </Group>
      }
    >
      <dl className={classes.figures}>
        <div>
          <dt>{t("desk.supervise.waiting")}</dt>
          <dd>{project.waiting}</dd>
        </div>
        <div>
          <dt>{t("desk.supervise.longest")}</dt>
          <dd>{project.waiting === 0 ? "–" : formatDuration(project.longest_wait_ms)}</dd>
        </div>
        <div>
          <dt>{t("desk.supervise.online")}</dt>
          <dd>
            {online}/{project.agents.length}
          </dd>
        </div>
      </dl>
      <ul className={classes.agents}>
        {project.agents.map((agent) => (
          <Agent key={agent.person_id} agent={agent} now_ms={now_ms} />
        ))}
      </ul>
    </Panel>
  );
}

function Row({ visit, now_ms, onRead }: { visit: Visit; now_ms: number; onRead: () => void }) {
  const { t } = useTranslation();
  const [heard, setHeard] = useState<Listening | null>(null);
  const [whispered, setWhispered] = useState<Listening | null>(null);
  const hush = () => {
    whispered?.stop();
    setWhispered(null);
  };
  const stop = () => {
    hush();
    heard?.stop();
    setHeard(null);
  };
  const stopAtEnd = useEffectEvent(() => {
    whispered?.stop();
    heard?.stop();
  });
  useEffect(() => () => stopAtEnd(), []);
  const supervise = useVisitAct(async (mode: SuperviseMode) => {
    const { visit: supervised, conference_id, whep_url, token, whip_url, whisper_token } = await api.listen(visit.id, mode);
    if (mode === "join" && conference_id !== null) {
      stop();
      openConference(visit.conversation_id, conference_id, { video: false });
    } else if (whep_url !== null && token !== null && heard === null) setHeard(await listenTo(whep_url, token, () => setHeard(null)));
    // Who is whispered to answers in the call, so one hears that as well.
    if (whip_url != null && whisper_token != null) {
      try {
        setWhispered(await whisperTo(whip_url, whisper_token, () => setWhispered(null)));
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        tellRefusal(t("desk.supervise.noMicrophone"));
      }
    }
    return supervised;
  });
  const since = visit.answered_at_ms ?? visit.asked_at_ms;
  const isTalking = visit.state === "accepted";
  return (
    <li className={classes.agent} data-supervised data-testid="supervised">
      <MediumIcon kind={kindOf(visit)} size={36} />
      <span className="grow">
        <Text size="sm" fw={600} truncate>
          {nameOf(visit.visitor)}
        </Text>
        <Text size="xs" c="dimmed" lineClamp={2} className={classes.figure ?? ""}>
          {t(`desk.state.${visit.state}`)} · {formatDuration(now_ms - since)}
          {visit.agent !== null && isTalking && ` · ${visit.agent.name}`}
          {visit.ringing !== null && ` · ${visit.ringing.agent.name}`} · {visit.project_name}
        </Text>
      </span>
      <div className={classes.ways}>
        <Button size="compact-sm" variant="default" leftSection={<IconEye size={16} />} onClick={onRead}>
          {t("desk.supervise.read")}
        </Button>
        {isTalking && visit.conference_id !== null && (
          <>
            <Button
              size="compact-sm"
              variant={heard === null ? "default" : "filled"}
              aria-pressed={heard !== null}
              loading={supervise.isPending && supervise.variables === "listen"}
              leftSection={<IconEar size={16} />}
              onClick={() => (heard === null ? supervise.mutate("listen") : stop())}
            >
              {t("desk.supervise.listen")}
            </Button>
            <Button
              size="compact-sm"
              variant={whispered === null ? "default" : "filled"}
              aria-pressed={whispered !== null}
              title={t("desk.supervise.whisperWhat")}
              loading={supervise.isPending && supervise.variables === "whisper"}
              leftSection={<IconMicrophone size={16} />}
              onClick={() => (whispered === null ? supervise.mutate("whisper") : hush())}
            >
              {t("desk.supervise.whisper")}
            </Button>
            <Button size="compact-sm" variant="default" loading={supervise.isPending && supervise.variables === "join"} onClick={() => supervise.mutate("join")}>
              {t("desk.supervise.join")}
            </Button>
          </>
        )}
      </div>
      {whispered !== null && visit.agent !== null && (
        <p className={classes.whispering} role="status">
          {t("desk.supervise.whispering", { name: visit.agent.name })}
        </p>
      )}
    </li>
  );
}

/** Whoever has the visit open sees that somebody reads along. */
function Reading({ visit }: { visit: Visit }) {
  useLooking(visit.id);
  return <Preview visit={visit} />;
}

// locale-keys: desk.state.*
export function SupervisionPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useSupervision();
  const now_ms = useServerNow();
  const [read, setRead] = useState<Visit | null>(null);
  if (data === undefined) {
    return <Page title={t("desk.supervise.title")}>{error === null ? <Loading /> : <ProblemAlert error={error} onRetry={() => void refetch()} />}</Page>;
  }
  if (data.projects.length === 0) return <Empty icon={IconHeadset} title={t("desk.supervise.none")} text={t("desk.supervise.noneText")} />;
  return (
    <Page title={t("desk.supervise.title")}>
      {error !== null && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      <Panel title={t("desk.supervise.now")}>
        {data.visits.length === 0 ? (
          <Empty inline icon={IconUsers} title={t("desk.supervise.quiet")} />
        ) : (
          <ul className={classes.agents}>
            {data.visits.map((visit) => (
              <Row key={visit.id} visit={visit} now_ms={now_ms} onRead={() => setRead(visit)} />
            ))}
          </ul>
        )}
      </Panel>
      {data.projects.map((project) => (
        <Project key={project.project_id} project={project} now_ms={now_ms} />
      ))}
      <Drawer
        opened={read !== null}
        onClose={() => setRead(null)}
        position="right"
        size={440}
        title={read === null ? "" : nameOf(read.visitor)}
        closeButtonProps={{ "aria-label": t("common.close") }}
        classNames={{ body: classes.drawer ?? "" }}
      >
        {read !== null && <Reading visit={read} />}
      </Drawer>
    </Page>
  );
}
