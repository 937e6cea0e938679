/** The key of the laser pointer. */
import type { Pointing } from "@/media/pointing";

const HELD_MS = 400;

/** For a key: a short press switches it on or off, a long one points for as long as it is held. */
export function toggleOrHold(pointing: Pointing): void {
  pointing.toggle();
  if (!pointing.on.get()) return;
  const beganMs = performance.now();
  const onUp = () => {
    if (performance.now() - beganMs > HELD_MS) pointing.on.set(false);
  };
  window.addEventListener("keyup", onUp, { once: true });
}
