/** The server's time in a component, by which what was told by the server counts up or down. */
import { useEffect, useState } from "react";

import { serverNow } from "@/protocol/serverClock";

/** The server's UTC ms, drawn anew every so often. */
export function useServerNow(everyMs = 500): number {
  const [now_ms, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now_ms;
}
