/** What may come at any moment on any page: a ringing call, the sound of a message, and the hint that sound is off. */
import { ActionIcon, Button, Text } from "@mantine/core";
import { IconPhone, IconPhoneOff, IconVolumeOff } from "@tabler/icons-react";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { Picture } from "@/app/people";
import { useLive, useSession } from "@/app/session";
import { useStore } from "@/app/store";
import { openConference } from "@/conversations/windows";
import { notify } from "@/notifications/desktop";
import { playMessage, soundState, startRinging, unlockSound } from "@/notifications/sound";
import type { ConferenceRinging, Message } from "@/protocol/types";

import classes from "./CallAlerts.module.css";

function useSecondsLeft(deadline_at_ms: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.ceil((deadline_at_ms - now) / 1000));
}

/** Only one tab of the browser sounds: the one that holds the lock. */
function useRingSound(): void {
  const { ring } = useSession().profile;
  useEffect(() => {
    const over = new AbortController();
    const sound = () =>
      new Promise<void>((resolve) => {
        if (over.signal.aborted) {
          resolve();
          return;
        }
        let stop = startRinging(ring);
        // A call that rings when sound is unlocked begins to be heard then.
        const unsubscribe = soundState.subscribe(() => {
          stop();
          stop = startRinging(ring);
        });
        over.signal.addEventListener("abort", () => {
          stop();
          unsubscribe();
          resolve();
        });
      });
    // Locks exist in secure contexts only.
    const locks = (navigator as { locks?: LockManager }).locks;
    if (locks === undefined) void sound();
    else void locks.request("centrala.ring", { signal: over.signal }, sound).catch(() => undefined);
    return () => over.abort();
  }, [ring]);
}

function RingCard({ ring }: { ring: ConferenceRinging }) {
  const { t } = useTranslation();
  const live = useLive();
  const left = useSecondsLeft(ring.deadline_at_ms);
  useRingSound();

  const answer = () => {
    live.dismissRing(ring.conference.id);
    openConference(ring.conversation_id, ring.conference.id);
  };
  const decline = () => {
    live.dismissRing(ring.conference.id);
    live.socket.command("conference:decline", { conference_id: ring.conference.id }).catch(() => undefined);
  };
  const show = useEffectEvent(() =>
    notify(`call ${ring.conference.id}`, t("conversations.ring.title", { name: ring.caller.name }), ring.title, answer),
  );
  useEffect(() => show(), []);
  const isOver = left === 0;
  useEffect(() => {
    if (isOver) live.dismissRing(ring.conference.id);
  }, [isOver, live, ring.conference.id]);

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

/** Sound and desktop notification of a message that the person does not have before their eyes. */
function useMessageAlerts(): void {
  const { t } = useTranslation();
  const live = useLive();
  const navigate = useNavigate();
  const { conversationId } = useParams({ strict: false });
  const alert = useEffectEvent((message: Message) => {
    if (message.kind !== "text") return;
    const isSeen = document.visibilityState === "visible" && document.hasFocus() && message.conversation_id === conversationId;
    if (isSeen) return;
    playMessage();
    notify(
      `conversation ${message.conversation_id}`,
      message.author.name,
      message.text === "" ? t("conversations.noMessages") : message.text.slice(0, 180),
      () => void navigate({ to: "/conferencing/$conversationId", params: { conversationId: message.conversation_id } }),
    );
  });
  useEffect(() => live.onMessage((message) => alert(message)), [live]);
}

/** Any press unlocks the sound; this one says so. */
export function SoundHint({ isFloating = false }: { isFloating?: boolean }) {
  const { t } = useTranslation();
  const state = useStore(soundState);
  useEffect(() => unlockSound(), []);
  if (state !== "locked") return null;
  return (
    <button type="button" className={classes.hint} data-floating={isFloating || undefined} title={t("common.soundOffText")}>
      <IconVolumeOff size={17} aria-hidden="true" />
      {t("common.soundOff")}
    </button>
  );
}

export function CallAlerts() {
  const rings = useStore(useLive().rings);
  useMessageAlerts();
  return (
    <>
      <div className={classes.rings} aria-live="assertive">
        {rings.map((ring) => (
          <RingCard key={ring.conference.id} ring={ring} />
        ))}
      </div>
    </>
  );
}
