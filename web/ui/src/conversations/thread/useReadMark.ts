/** Move one's read mark to what was in view while the page had the person's attention. */
import { useCallback, useEffect, useRef } from "react";

import { useLive } from "@/base/session";
import type { Conversation } from "@/protocol/conversations";

const PATIENCE_MS = 350;

export function useReadMark(conversation: Conversation, visibleSeq: () => number): () => void {
  const live = useLive();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const sentSeq = useRef(0);
  const readSeq = conversation.marks.find((mark) => mark.person_id === live.selfId)?.read_seq ?? 0;
  const { id } = conversation;

  const look = useCallback(() => {
    if (timer.current !== null) return;
    timer.current = setTimeout(() => {
      timer.current = null;
      if (document.visibilityState !== "visible" || !document.hasFocus() || live.socket.linkState !== "online") return;
      const seq = visibleSeq();
      if (seq <= readSeq || seq <= sentSeq.current) return;
      sentSeq.current = seq;
      live.socket.command("mark:move", { conversation_id: id, read_seq: seq, delivered_seq: seq }).catch(() => {
        sentSeq.current = 0;
      });
    }, PATIENCE_MS);
  }, [live, id, readSeq, visibleSeq]);

  useEffect(() => {
    look();
    window.addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    const stop = live.link.subscribe(look);
    return () => {
      window.removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
      stop();
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    };
  }, [look, live]);

  return look;
}
