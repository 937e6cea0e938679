/**
 * Answering: the conversation opens, and where somebody calls, the call's window too (CC-075).
 *
 * How it works: the call's window opens at the press and loads while the server stores the answer; it asks for its seat
 * until it is let in, and is closed when somebody else was faster. It shares this page's thread, so whatever is not
 * needed for the seat waits for it.
 */
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";

import type { Live } from "@/base/live";
import { useLive } from "@/base/session";
import { openConference, openWhileAnswering } from "@/conversations/windows";
import { isCall } from "@/desk/describing";
import { useVisitAct } from "@/desk/queries";
import { api, type Visit } from "@/desk/rest";

/** The conversation is not kept back for longer, whatever becomes of the call's window. */
const SEAT_PATIENCE_MS = 1_500;

interface Answer {
  visit: Visit;
  /** null: it is no call, or the browser allowed no window. */
  callWindow: Window | null;
  seated: Promise<void>;
}

/** Wait until we sit in a conversation's call. */
function waitForSeat(live: Live, conversationId: string): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stop();
      clearTimeout(timer);
      resolve();
    };
    const stop = live.socket.on("participant:joined", (event) => {
      if (event.conversation_id === conversationId && event.participant.person_id === live.selfId) done();
    });
    const timer = setTimeout(done, SEAT_PATIENCE_MS);
  });
}

export function useAnswer() {
  const live = useLive();
  const navigate = useNavigate();
  const { mutate, isPending } = useVisitAct(
    async ({ visit, callWindow }: Answer) => {
      try {
        return await api.accept(visit.id);
      } catch (error) {
        callWindow?.close();
        throw error;
      }
    },
    (visit, { callWindow, seated }) => {
      if (visit === undefined) return;
      if (isCall(visit.medium) && callWindow === null) openConference(visit.conversation_id, visit.conference_id ?? undefined, shapeOf(visit));
      void seated.then(() => navigate({ to: "/desk/$visitId", params: { visitId: visit.id } }));
    },
  );
  const answer = (visit: Visit) => {
    const callWindow = isCall(visit.medium) ? openWhileAnswering(visit.conversation_id, visit.conference_id ?? undefined, shapeOf(visit)) : null;
    mutate({ visit, callWindow, seated: callWindow === null ? Promise.resolve() : waitForSeat(live, visit.conversation_id) });
  };
  return { answer, isPending };
}

/** With the camera only where it is about pictures. */
function shapeOf(visit: Visit) {
  return { video: visit.medium === "video" };
}

/** While a call rings, fetch what its window takes its seat with. */
export function usePreparedCall(visit: Visit): void {
  const rings = isCall(visit.medium);
  useEffect(() => {
    if (rings) void import("@/calls/conference/opening").catch(() => undefined);
  }, [rings]);
}
