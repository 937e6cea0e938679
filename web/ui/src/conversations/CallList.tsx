/** Who is in the call now, and the last calls of the conversation (CONF-017). */
import { Anchor, Button, Text } from "@mantine/core";
import { IconMicrophone, IconMicrophoneOff, IconVideo, IconVideoOff } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/app/formats";
import { Loading } from "@/app/Loading";
import { Picture } from "@/app/people";
import { ProblemAlert } from "@/app/problems";
import type { Conference, Conversation, Participant } from "@/protocol/types";

import classes from "./Details.module.css";
import { useCalls } from "./queries";
import { openConference } from "./windows";

const SHOWN_CALLS = 5;

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
      <Text size="sm" fw={600} truncate className={classes.grow ?? ""}>
        {participant.name}
      </Text>
      <span className={classes.media} role="img" aria-label={media}>
        <Microphone size={18} data-off={!participant.audio || undefined} />
        <Camera size={18} data-off={!participant.video || undefined} />
      </span>
    </li>
  );
}

function namesOf(call: Conference): string {
  return [...new Set(call.participants.map((participant) => participant.name))].join(", ");
}

export function CallList({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const { dateTime, duration } = useFormats();
  const query = useCalls(conversation.id);
  const running = conversation.conference;
  const ended = (query.data ?? []).filter((call) => call.state === "ended").slice(0, SHOWN_CALLS);
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
            <li key={call.id}>
              <IconVideo size={17} aria-hidden="true" />
              <div className={classes.grow}>
                <Text size="sm">{dateTime(call.started_at_ms)}</Text>
                <Text size="xs" c="dimmed" truncate>
                  {namesOf(call)}
                </Text>
              </div>
              <Text size="sm" c="dimmed" className={classes.number ?? ""}>
                {duration((call.ended_at_ms ?? call.started_at_ms) - call.started_at_ms)}
              </Text>
            </li>
          ))}
        </ul>
      )}
      <Anchor component={Link} to="/help/conference" target="_blank" size="sm" mt="sm" display="inline-block">
        {t("conversations.help")}
      </Anchor>
    </>
  );
}
