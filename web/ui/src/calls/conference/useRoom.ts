/** A call within its conversation: what the conversation says of it, and how one leaves. */
import { useCallback, useEffect } from "react";
import { useTranslation } from "react-i18next";

import { useLive } from "@/base/session";
import { useValue } from "@/base/useValue";
import { useConversation } from "@/conversations/queries";
import { titleOf } from "@/conversations/titles";
import { isActive } from "@/media/phases";

import { useCall } from "./callContext";
import { useMediaKeys, useScreenOn, useTitle } from "./page";

export function useRoom(conversationId: string) {
  const { t } = useTranslation();
  const call = useCall();
  const { selfId } = useLive();
  const { phase } = useValue(call.state);
  const active = isActive(phase);
  const { data: conversation, isError, refetch } = useConversation(conversationId);
  const title = conversation === undefined ? "" : titleOf(conversation, selfId);
  const leave = useCallback(() => {
    void call.leave().then(() => {
      // Works only for windows a page opened; elsewhere the screen says that one has left.
      window.close();
    });
  }, [call]);

  useEffect(() => {
    // Read anew after a hole in the events, it may know of somebody whom we missed.
    if (conversation?.conference != null) call.takeConference(conversation.conference);
  }, [conversation, call]);
  const isLetIn = phase === "joined" && isError;
  useEffect(() => {
    // Asked before the answer was stored.
    if (isLetIn) void refetch();
  }, [isLetIn, refetch]);
  useTitle(title === "" ? t("conference.untitled") : t("conference.windowTitle", { title }));
  useScreenOn(active);
  useMediaKeys(call, title, active, leave);

  const nameOf = (personId: string) => conversation?.members.find(({ person_id }) => person_id === personId)?.name ?? t("conference.moderation.somebody");
  return { phase, active, title, unread: conversation?.unread ?? 0, nameOf, leave };
}
