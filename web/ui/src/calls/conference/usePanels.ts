/** What is open beside the pictures of a call, and what is asked about it. */
import { useMemo, useState } from "react";

/** The panels at the side, each open or not. */
export type Panel = "people" | "chat" | "statistics";
/** What is before everything else, one at a time. */
export type Question = "end" | "record" | "keys";

export interface Panels {
  shown: Readonly<Record<Panel, boolean>>;
  toggle: (panel: Panel) => void;
  open: (panel: Panel) => void;
  close: (panel: Panel) => void;
  closeAll: () => void;
  question: Question | null;
  ask: (question: Question) => void;
  /** The question is answered. */
  answer: () => void;
}

const NONE: Readonly<Record<Panel, boolean>> = { people: false, chat: false, statistics: false };

export function usePanels(): Panels {
  const [shown, setShown] = useState(NONE);
  const [question, setQuestion] = useState<Question | null>(null);
  const acts = useMemo(
    () => ({
      toggle: (panel: Panel) => setShown((old) => ({ ...old, [panel]: !old[panel] })),
      open: (panel: Panel) => setShown((old) => ({ ...old, [panel]: true })),
      close: (panel: Panel) => setShown((old) => ({ ...old, [panel]: false })),
      closeAll: () => setShown(NONE),
      ask: (asked: Question) => setQuestion(asked),
      answer: () => setQuestion(null),
    }),
    [],
  );
  return { shown, question, ...acts };
}
