/** A finger that stays: what the right mouse button is to a mouse. Safari on phones has no event of its own for it. */
import { useEffect, useRef, type MouseEvent, type PointerEvent } from "react";

const HOLD_MS = 450;
const SLACK_PX = 10;

export function useLongPress(onLongPress: () => void) {
  const state = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const wasLong = useRef(false);
  const end = () => {
    if (state.current !== null) clearTimeout(state.current.timer);
    state.current = null;
  };
  useEffect(() => end, []);
  return {
    onPointerDown: (event: PointerEvent) => {
      wasLong.current = false;
      if (event.pointerType !== "touch") return;
      end();
      const timer = setTimeout(() => {
        state.current = null;
        wasLong.current = true;
        onLongPress();
      }, HOLD_MS);
      state.current = { timer, x: event.clientX, y: event.clientY };
    },
    onPointerMove: (event: PointerEvent) => {
      const begun = state.current;
      if (begun !== null && Math.hypot(event.clientX - begun.x, event.clientY - begun.y) > SLACK_PX) end();
    },
    onPointerUp: end,
    onPointerCancel: end,
    onContextMenu: (event: MouseEvent) => {
      if (state.current !== null || wasLong.current) event.preventDefault();
    },
    // The press that opened something is not also a click on what lies under the finger.
    onClickCapture: (event: MouseEvent) => {
      if (!wasLong.current) return;
      wasLong.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}
