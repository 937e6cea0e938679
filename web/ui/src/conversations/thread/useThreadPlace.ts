/**
 * Where one is in a thread: it begins at what was asked for, else at what is new, else at the end; near an edge more is loaded.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "react";

import { tellProblem } from "@/base/problems";
import { useMessagePaging } from "@/conversations/queries";
import type { Conversation } from "@/protocol/conversations";
import type { MessageWindow } from "@/protocol/messages";

import { useReadMark } from "./useReadMark";
import { useThreadScroll } from "./useThreadScroll";

const HIGHLIGHT_MS = 2_500;

/** The message that somebody asked to see, and how the page is told of others. */
export interface ThreadPlace {
  seq: number | undefined;
  go: (seq: number) => void;
  /** It is shown: forget it. */
  arrived: () => void;
}

interface Shown {
  conversation: Conversation;
  rows: readonly unknown[];
  window: MessageWindow | undefined;
  hasNewer: boolean;
  place: ThreadPlace;
}

export function useThreadPlace({ conversation, rows, window, hasNewer, place }: Shown) {
  const { seq: wantedSeq, arrived } = place;
  const paging = useMessagePaging(conversation);
  const { jump } = paging;
  const [highlighted, setHighlighted] = useState<number | null>(null);
  const busy = useRef(false);
  const load = (direction: "older" | "newer") => {
    if (busy.current) return;
    busy.current = true;
    // A failed page is asked for again by the next scroll.
    void paging[direction]()
      .catch(() => undefined)
      .finally(() => {
        busy.current = false;
      });
  };
  const settled = useRef<() => void>(() => undefined);
  const { scroller, content, isAtEnd, onScroll, toEnd, toRow, visibleSeq } = useThreadScroll({
    rows,
    onNearStart: () => {
      if (window?.hasOlder === true) load("older");
    },
    onNearEnd: () => {
      if (hasNewer) load("newer");
    },
    onSettled: () => settled.current(),
  });
  const look = useReadMark(conversation, visibleSeq);
  useEffect(() => {
    settled.current = look;
  }, [look]);

  const isPlaced = useRef(false);
  useLayoutEffect(() => {
    if (isPlaced.current || rows.length === 0) return;
    isPlaced.current = true;
    if (wantedSeq === undefined && !toRow("new", "top")) toEnd();
  }, [rows, wantedSeq, toRow, toEnd]);

  const isLoaded = window !== undefined;
  useEffect(() => {
    if (wantedSeq === undefined || !isLoaded) return;
    const show = async () => {
      if (!toRow(`seq ${wantedSeq}`, "middle")) {
        await jump({ around: wantedSeq });
        requestAnimationFrame(() => toRow(`seq ${wantedSeq}`, "middle"));
      }
      setHighlighted(wantedSeq);
      arrived();
    };
    void show().catch(() => undefined);
  }, [wantedSeq, isLoaded, toRow, jump, arrived]);
  useEffect(() => {
    if (highlighted === null) return;
    const timer = setTimeout(() => setHighlighted(null), HIGHLIGHT_MS);
    return () => clearTimeout(timer);
  }, [highlighted]);

  const goToEnd = () => {
    if (hasNewer) jump({ newest: true }).then(() => requestAnimationFrame(toEnd), tellProblem);
    else toEnd();
  };
  return { scroller, content, onScroll, highlighted, goToEnd, isAtEnd: isAtEnd && !hasNewer };
}
