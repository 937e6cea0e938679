/** Where the line "new" stands in a thread. */
import { useEffect, useRef, useState } from "react";

import type { Conversation } from "@/protocol/conversations";

/** Others' messages after this seq stand under the line "new": set on opening, and when the person looks away. */
export function useNewAfter(conversation: Conversation, selfId: string): number | null {
  const [seq, setSeq] = useState<number | null>(() => {
    const mark = conversation.marks.find((row) => row.person_id === selfId);
    return conversation.unread > 0 && mark !== undefined ? mark.read_seq : null;
  });
  const latest = useRef(conversation);
  useEffect(() => {
    latest.current = conversation;
  });
  useEffect(() => {
    const onBlur = () => {
      if (latest.current.unread === 0) setSeq(latest.current.seq);
    };
    window.addEventListener("blur", onBlur);
    return () => window.removeEventListener("blur", onBlur);
  }, []);
  return seq;
}
