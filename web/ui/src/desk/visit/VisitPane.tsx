/** The open visit: what is written with the visitor, what colleagues note of it, and what may be done with it. */
import { Button, SegmentedControl } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Loading } from "@/base/Loading";
import { CountBadge } from "@/base/parts/CountBadge";
import { ProblemAlert } from "@/base/problems";
import { useLive } from "@/base/session";
import { useServerNow } from "@/base/useServerNow";
import type { Snippet } from "@/conversations/composer/snippets";
import { useConversation } from "@/conversations/queries";
import { Thread } from "@/conversations/thread/Thread";
import { nameOf } from "@/desk/describing";
import { useSnippets } from "@/desk/queries";
import { useAnswer } from "@/desk/queue/answering";
import { Preview } from "@/desk/queue/Preview";
import type { Visit, VisitDetails } from "@/desk/rest";
import { secondsLeft } from "@/protocol/serverClock";

import { VisitHeader } from "./VisitHeader";
import classes from "./VisitPane.module.css";

// So long a name leaves room for the rest of the sentence in a phone's field.
const NAME_SHOWN_MAX = 24;

type Tab = "visitor" | "team";

interface TalkProps {
  conversationId: string;
  header: (search: () => void) => ReactNode;
  snippets?: readonly Snippet[];
  placeholder: string;
}

function Talk({ conversationId, header, snippets, placeholder }: TalkProps) {
  const { data: conversation, error, refetch } = useConversation(conversationId);
  const [seq, setSeq] = useState<number>();
  const [go] = useState(() => (wanted: number) => setSeq(wanted));
  const [arrived] = useState(() => () => setSeq(undefined));
  if (conversation === undefined) {
    return (
      <>
        {header(() => undefined)}
        {error === null ? <Loading /> : <ProblemAlert error={error} onRetry={() => void refetch()} />}
      </>
    );
  }
  return <Thread conversation={conversation} place={{ seq, go, arrived }} header={header} placeholder={placeholder} {...(snippets && { snippets })} />;
}

function Tabs({ visit, tab, onTab }: { visit: Visit; tab: Tab; onTab: (tab: Tab) => void }) {
  const { t } = useTranslation();
  const unread = useConversation(tab === "visitor" ? visit.team_conversation_id : visit.conversation_id).data?.unread ?? 0;
  const label = (name: Tab, text: string) => (
    <span className={classes.tabLabel}>
      {text}
      {unread > 0 && name !== tab && <CountBadge unread={unread} />}
    </span>
  );
  return (
    <div className={classes.tabs}>
      <SegmentedControl
        fullWidth
        size="sm"
        aria-label={t("desk.tabs.label")}
        value={tab}
        onChange={(value) => onTab(value)}
        data={[
          { value: "visitor", label: label("visitor", t("desk.tabs.visitor")) },
          { value: "team", label: label("team", t("desk.tabs.team")) },
        ]}
      />
      {tab === "team" && (
        <p className={classes.secret}>
          <IconLock size={15} aria-hidden="true" />
          {t("desk.tabs.secret")}
        </p>
      )}
    </div>
  );
}

/** The visitor has gone, or it ended otherwise: what is left to do. */
function Ending({ visit }: { visit: Visit }) {
  const { t } = useTranslation();
  const now_ms = useServerNow();
  if (visit.state === "accepted" || visit.state === "waiting" || visit.state === "offered") return null;
  if (visit.state === "wrapping") {
    const until = visit.wrap_until_ms ?? null;
    return (
      <p className={classes.ending} role="status">
        {until === null ? t("desk.ending.wrapping") : t("desk.ending.wrappingFor", { count: secondsLeft(until, now_ms) })}
      </p>
    );
  }
  return (
    <p className={classes.ending} role="status">
      {t(`desk.state.${visit.state}`)}
    </p>
  );
}

/** Not in hand: what was written may be read, and it may be answered. */
function Unanswered({ visit, header }: { visit: Visit; header: ReactNode }) {
  const { t } = useTranslation();
  const { selfId } = useLive();
  const { answer, isPending: isAnswering } = useAnswer();
  const mayAnswer = visit.state === "waiting" || visit.state === "offered";
  const ringsElsewhere = visit.ringing !== null && visit.ringing.agent.id !== selfId;
  return (
    <>
      {header}
      <Ending visit={visit} />
      <div className={classes.reading}>
        <Preview visit={visit} />
      </div>
      {mayAnswer && (
        <div className={classes.answerLine}>
          {ringsElsewhere && <span>{t("desk.row.ringing", { name: visit.ringing?.agent.name })}</span>}
          <Button color="green" radius="xl" loading={isAnswering} onClick={() => answer(visit)}>
            {t("desk.bar.take")}
          </Button>
        </div>
      )}
    </>
  );
}

// locale-keys: desk.state.*
export function VisitPane({ details, onDetails }: { details: VisitDetails; onDetails?: () => void }) {
  const { t } = useTranslation();
  const { selfId } = useLive();
  const { visit } = details;
  const [tab, setTab] = useState<Tab>("visitor");
  const snippets = useSnippets(visit);
  const name = nameOf(visit.visitor);
  const placeholder = name.length <= NAME_SHOWN_MAX ? t("desk.tabs.writeVisitor", { name }) : t("desk.tabs.writeLongNamed");
  const isMine = visit.agent?.id === selfId && (visit.state === "accepted" || visit.state === "wrapping");
  const header = (search?: () => void) => <VisitHeader details={details} isMine={isMine} {...(search && { onSearch: search })} {...(onDetails && { onDetails })} />;
  if (!isMine) return <Unanswered visit={visit} header={header()} />;
  const above = (search: () => void) => (
    <>
      {header(search)}
      <Ending visit={visit} />
      <Tabs visit={visit} tab={tab} onTab={setTab} />
    </>
  );
  return tab === "visitor" ? (
    <div className={classes.talk}>
      <Talk key={visit.conversation_id} conversationId={visit.conversation_id} header={above} snippets={snippets} placeholder={placeholder} />
    </div>
  ) : (
    <div className={classes.talk} data-team>
      <Talk key={visit.team_conversation_id} conversationId={visit.team_conversation_id} header={above} placeholder={t("desk.tabs.writeTeam")} />
    </div>
  );
}
