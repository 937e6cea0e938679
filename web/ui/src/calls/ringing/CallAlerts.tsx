/** What may come at any moment on any page: a ringing call, the sound of a message, and the hint that sound is off. */
import { IconVolumeOff } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";

import { useFeed } from "@/base/session";
import { useFillings } from "@/base/slots";
import { useValue } from "@/base/useValue";
import { ConversationsFeed } from "@/conversations/feed";
import { places } from "@/conversations/slots";
import { describeFiles } from "@/files/files";
import { notify } from "@/notifications/desktop";
import { playMessage, soundState, unlockSound } from "@/notifications/sound";
import type { Message } from "@/protocol/conversations";
import { isMentioned, isWritten } from "@/protocol/messages";

import classes from "./CallAlerts.module.css";
import { Rings } from "./Rings";

/** Sound and desktop notification of a message that the person does not have before their eyes. */
function useMessageAlerts(): void {
  const { t } = useTranslation();
  const conversations = useFeed(ConversationsFeed);
  const navigate = useNavigate();
  const cache = useQueryClient();
  const elsewhere = useFillings(places);
  const alert = useEffectEvent((message: Message) => {
    if (!isWritten(message)) return;
    const place = elsewhere.map((find) => find(cache, message.conversation_id)).find((found) => found !== null);
    const path = place?.path ?? `/conferencing/${message.conversation_id}`;
    const isSeen = document.visibilityState === "visible" && document.hasFocus() && window.location.pathname === path;
    const name = place?.authorName(message) ?? message.author.name;
    const mentions = isMentioned(message, conversations.selfId);
    if (isSeen || (conversations.isSilent(message.conversation_id) && !mentions)) return;
    playMessage();
    notify(
      // A mention stays when the next message comes.
      mentions ? `mention ${message.id}` : `conversation ${message.conversation_id}`,
      mentions ? t("conversations.mention.notify", { name }) : name,
      (message.kind === "file" ? describeFiles(message) : message.text).slice(0, 180),
      path,
      () => void navigate({ href: path }),
    );
  });
  useEffect(() => conversations.onMessage((message) => alert(message)), [conversations]);
}

/** Any press unlocks the sound; this one says so. */
export function SoundHint({ isFloating = false }: { isFloating?: boolean }) {
  const { t } = useTranslation();
  const state = useValue(soundState);
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
  useMessageAlerts();
  return <Rings />;
}
