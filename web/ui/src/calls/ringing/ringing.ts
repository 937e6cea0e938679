/** The sound of something that rings, in one tab of the browser only: the one that holds the lock. */
import { useEffect } from "react";

import { useSession } from "@/base/session";
import { soundState, startRinging } from "@/notifications/sound";

/** Ring, long or short as the person chose (CC-144), as long as the component is there. */
export function useRingSound(isSilent: boolean): void {
  const { ring } = useSession().profile;
  useEffect(() => {
    if (isSilent) return;
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
  }, [ring, isSilent]);
}
