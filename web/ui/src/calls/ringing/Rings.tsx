/** Calls that ring, on whatever page the person is: with a sound, to answer or to decline. */
import { ActionIcon, Button, Text } from "@mantine/core";
import { IconPhone, IconPhoneOff } from "@tabler/icons-react";
import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";

import { Picture } from "@/base/people";
import { useFeed, useLive } from "@/base/session";
import { useServerNow } from "@/base/useServerNow";
import { useValue } from "@/base/useValue";
import { CallsFeed } from "@/calls/feed";
import type { ConferenceRinging } from "@/calls/rest";
import { ConversationsFeed } from "@/conversations/feed";
import { openConference } from "@/conversations/windows";
import { notify } from "@/notifications/desktop";
import { unlockSound } from "@/notifications/sound";
import { secondsLeft } from "@/protocol/serverClock";

import classes from "./CallAlerts.module.css";
import { useRingSound } from "./ringing";

function RingCard({ ring }: { ring: ConferenceRinging }) {
  const { t } = useTranslation();
  const live = useLive();
  const calls = useFeed(CallsFeed);
  const conversations = useFeed(ConversationsFeed);
  const left = secondsLeft(ring.deadline_at_ms, useServerNow());
  const isSilent = conversations.isSilent(ring.conversation_id);
  useRingSound(isSilent);
  useEffect(() => unlockSound(), []);

  const answer = () => {
    calls.dismissRing(ring.conference.id);
    openConference(ring.conversation_id, ring.conference.id);
  };
  const decline = () => {
    calls.dismissRing(ring.conference.id);
    live.socket.command("conference:decline", { conference_id: ring.conference.id }).catch(() => undefined);
  };
  const show = useEffectEvent(() =>
    isSilent ? undefined : notify(
          `call ${ring.conference.id}`,
          t("conversations.ring.title", { name: ring.caller.name }),
          ring.title,
          `/conference/${ring.conversation_id}`,
          answer,
        ),
  );
  useEffect(() => show(), []);
  const isOver = left === 0;
  useEffect(() => {
    if (isOver) calls.dismissRing(ring.conference.id);
  }, [isOver, calls, ring.conference.id]);

  return (
    <div className={classes.ring} role="alertdialog" aria-label={t("conversations.ring.title", { name: ring.caller.name })}>
      <div className={classes.pulse}>
        <Picture id={ring.caller.id} name={ring.caller.name} url={ring.caller.avatar_url} size={52} />
      </div>
      <div className={classes.who}>
        <Text fw={680} truncate>
          {ring.caller.name}
        </Text>
        <Text size="sm" className={classes.sub ?? ""} truncate>
          {ring.title !== "" && ring.title !== ring.caller.name ? ring.title : t("conversations.ring.text")}
        </Text>
      </div>
      <div className={classes.buttons}>
        <ActionIcon size={48} radius="xl" color="red" aria-label={t("conversations.ring.decline")} onClick={decline}>
          <IconPhoneOff size={23} />
        </ActionIcon>
        <Button size="md" radius="xl" color="green" leftSection={<IconPhone size={20} />} onClick={answer}>
          {t("conversations.ring.answer", { seconds: left })}
        </Button>
      </div>
    </div>
  );
}

/** except  the conversation whose conference this window is for already */
export function Rings({ except }: { except?: string }) {
  const rings = useValue(useFeed(CallsFeed).rings).filter((ring) => ring.conversation_id !== except);
  return (
    <div className={classes.rings} aria-live="assertive">
      {rings.map((ring) => (
        <RingCard key={ring.conference.id} ring={ring} />
      ))}
    </div>
  );
}
