/** Who is in the call now, and the last calls of the conversation (CONF-017). */
import { Anchor, Button, Text, UnstyledButton } from "@mantine/core";
import { IconMicrophone, IconMicrophoneOff, IconPhoneX, IconPlayerRecord, IconVideo, IconVideoOff } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { Picture } from "@/base/people";
import { ProblemAlert } from "@/base/problems";
import { useLive } from "@/base/session";
import { useCalls, useOlderCalls } from "@/conversations/queries";
import type { Call } from "@/conversations/rest";
import { openConference } from "@/conversations/windows";
import type { Participant } from "@/protocol/conferences";
import type { Conversation } from "@/protocol/conversations";

import { CallQuality } from "./CallQuality";
import classes from "./Details.module.css";

const SHOWN_CALLS = 5;
// What the server gives at once.
const FETCHED_CALLS = 20;

function InCall({ participant }: { participant: Participant }) {
  const { t } = useTranslation();
  const Microphone = participant.audio ? IconMicrophone : IconMicrophoneOff;
  const Camera = participant.video ? IconVideo : IconVideoOff;
  const media = [
    participant.audio ? t("conversations.call.microphoneOn") : t("conversations.call.microphoneOff"),
    participant.video ? t("conversations.call.cameraOn") : t("conversations.call.cameraOff"),
  ].join(", ");
  return (
    <li className={classes.person}>
      <Picture id={participant.person_id} name={participant.name} url={participant.avatar_url} size={32} />
      <Text size="sm" fw={600} truncate className="grow">
        {participant.name}
      </Text>
      <span className={classes.media} role="img" aria-label={media}>
        <Microphone size={18} data-off={!participant.audio || undefined} />
        <Camera size={18} data-off={!participant.video || undefined} />
      </span>
    </li>
  );
}

function namesOf(call: Call): string {
  return [...new Set(call.participants.map((participant) => participant.name))].join(", ");
}

/** One call there was: when, how long, who, whether anybody came and whether it was recorded; the whole of it on a press. */
function PastCall({ call, conversationId, onShown }: { call: Call; conversationId: string; onShown?: (() => void) | undefined }) {
  const { t } = useTranslation();
  const { dateTime, time, duration } = useFormats();
  const { selfId } = useLive();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [isQualityShown, setQualityShown] = useState(false);
  const ended_ms = call.ended_at_ms ?? call.started_at_ms;
  const wasThere = call.participants.some((one) => one.person_id === selfId);
  const kind = call.missed ? (call.started_by.id === selfId ? "unanswered" : "missed") : wasThere ? "joined" : "without";
  const Icon = call.missed ? IconPhoneX : IconVideo;
  const { seq } = call;
  return (
    <li>
      <UnstyledButton className={classes.call ?? ""} aria-expanded={isOpen} data-missed={call.missed || undefined} onClick={() => setOpen(!isOpen)}>
        <Icon size={17} aria-hidden="true" />
        <span className="grow">
          <Text component="span" display="block" size="sm">
            {dateTime(call.started_at_ms)}
          </Text>
          <Text component="span" display="block" size="xs" c="dimmed" truncate>
            {call.missed || !wasThere ? t(`conversations.call.kind.${kind}`) : namesOf(call)}
          </Text>
        </span>
        {call.recordings.length > 0 && <IconPlayerRecord size={16} role="img" aria-label={t("conversations.call.recorded")} />}
        <Text component="span" size="sm" c="dimmed" className={classes.number ?? ""}>
          {call.missed ? "" : duration(ended_ms - call.started_at_ms)}
        </Text>
      </UnstyledButton>
      {isOpen && (
        <div className={classes.callMore}>
          <p>{t("conversations.call.startedBy", { name: call.started_by.name })}</p>
          <ul>
            {call.participants.map((one) => (
              <li key={one.id}>
                {t("conversations.call.there", { name: one.name, from: time(one.joined_at_ms), length: duration((one.left_at_ms ?? ended_ms) - one.joined_at_ms) })}
              </li>
            ))}
            {call.recordings.map((one) => (
              <li key={one.id}>
                {t("conversations.call.recordedBy", {
                  name: one.started_by.name,
                  from: time(one.started_at_ms),
                  length: duration((one.ended_at_ms ?? ended_ms) - one.started_at_ms),
                })}
              </li>
            ))}
          </ul>
          {isQualityShown && <CallQuality conferenceId={call.id} />}
          {!call.missed && (
            <Button size="compact-sm" variant="subtle" aria-expanded={isQualityShown} onClick={() => setQualityShown(!isQualityShown)}>
              {t("conversations.call.quality.more")}
            </Button>
          )}
          {seq !== null && (
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => {
                onShown?.();
                void navigate({ to: "/conferencing/$conversationId", params: { conversationId }, search: { seq } });
              }}
            >
              {t("conversations.call.show")}
            </Button>
          )}
        </div>
      )}
    </li>
  );
}

// locale-keys: conversations.call.kind.*
export function CallList({ conversation, onShown }: { conversation: Conversation; onShown?: () => void }) {
  const { t } = useTranslation();
  const query = useCalls(conversation.id);
  const running = conversation.conference;
  const [areAllShown, setAllShown] = useState(false);
  const first = (query.data ?? []).filter((call) => call.state === "ended");
  const older = useOlderCalls(conversation.id, query.data?.at(-1)?.id);
  const shown = areAllShown ? first.length : SHOWN_CALLS;
  const ended = [...first.slice(0, shown), ...(areAllShown ? (older.data?.pages ?? []).flatMap((page) => page.items) : [])];
  return (
    <>
      {running !== null && (
        <div className={classes.running}>
          <Text size="sm" fw={650} mb={4}>
            {t("conversations.call.now")}
          </Text>
          {running.participants.length === 0 && (
            <Text size="sm" c="dimmed">
              {t("conversations.call.starting")}
            </Text>
          )}
          <ul className={classes.people}>
            {running.participants.map((participant) => (
              <InCall key={participant.id} participant={participant} />
            ))}
          </ul>
          <Button fullWidth size="sm" color="green" mt="xs" onClick={() => openConference(conversation.id)}>
            {t("conversations.call.join")}
          </Button>
        </div>
      )}
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.data === undefined && !query.isError && <Loading />}
      {query.data !== undefined && ended.length === 0 && running === null && (
        <Text size="sm" c="dimmed">
          {t("conversations.call.none")}
        </Text>
      )}
      {ended.length > 0 && (
        <ul className={classes.calls}>
          {ended.map((call) => (
            <PastCall key={call.id} call={call} conversationId={conversation.id} onShown={onShown} />
          ))}
        </ul>
      )}
      {(first.length > shown || (areAllShown && (older.hasNextPage || (older.data === undefined && first.length >= FETCHED_CALLS)))) && (
        <Button
          variant="subtle"
          size="compact-sm"
          mt={4}
          loading={older.isFetching}
          onClick={() => {
            if (first.length > shown) setAllShown(true);
            else if (older.data === undefined) void older.refetch();
            else void older.fetchNextPage();
          }}
        >
          {t("conversations.call.more")}
        </Button>
      )}
      {older.isError && <ProblemAlert error={older.error} onRetry={() => void older.refetch()} />}
      <Anchor component={Link} to="/help/conference" target="_blank" size="sm" mt="sm" display="inline-block">
        {t("conversations.help")}
      </Anchor>
    </>
  );
}
