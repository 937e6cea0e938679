/** Who else has this visit open: told by the others' pages again and again, and forgotten with them. */
import { useEffect, useState } from "react";

import { useLive } from "@/base/session";
import type { SocketEvents } from "@/protocol/socketEvents";

const SAID_EVERY_MS = 10_000;
const FORGOTTEN_MS = 25_000;

interface Looker {
  name: string;
  at_ms: number;
}

/** Return the names of the others, in the order they came. */
export function useLooking(visitId: string): readonly string[] {
  const live = useLive();
  const [lookers, setLookers] = useState<ReadonlyMap<string, Looker>>(new Map());
  useEffect(() => {
    const known = new Map<string, Looker>();
    const show = () => setLookers(new Map(known));
    const say = () => void live.socket.command("visit:look", { visit_id: visitId }).catch(() => undefined);
    const onLooked = ({ visit_id, person_id, name, looking }: SocketEvents["visit:looked"]) => {
      if (visit_id !== visitId) return;
      if (person_id === live.selfId) {
        // Another page of ours left: this one is still here.
        if (!looking) say();
        return;
      }
      const isNew = looking && !known.has(person_id);
      if (looking) known.set(person_id, { name, at_ms: performance.now() });
      else known.delete(person_id);
      show();
      // Whoever comes learns at once who is here.
      if (isNew) say();
    };
    const stops = [
      live.socket.onReady(say),
      live.socket.onAny((name, payload) => {
        if (name === "visit:looked") onLooked(payload as SocketEvents["visit:looked"]);
      }),
    ];
    say();
    const timer = setInterval(() => {
      say();
      for (const [id, { at_ms }] of known) if (performance.now() - at_ms > FORGOTTEN_MS) known.delete(id);
      show();
    }, SAID_EVERY_MS);
    return () => {
      clearInterval(timer);
      for (const stop of stops) stop();
      void live.socket.command("visit:leave", { visit_id: visitId }).catch(() => undefined);
      setLookers(new Map());
    };
  }, [live, visitId]);
  return [...lookers.values()].map(({ name }) => name);
}
