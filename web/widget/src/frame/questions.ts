/** What a visitor is asked before the first message goes out: the truth table of "ask" and "require". */

export type Consent = "" | "yes" | "no";
/** consent: the two buttons; data: name and e-mail; required: no chat begins without them. */
export type Question = "none" | "consent" | "data" | "required";

export interface Asked {
  ask: boolean;
  require: boolean;
  consent: Consent;
  /** Name and e-mail are known. */
  given: boolean;
}

/** The next question; `none`: the message goes out. */
export function nextQuestion({ ask, require, consent, given }: Asked): Question {
  if (!ask || given) return "none";
  if (consent === "") return "consent";
  if (consent === "yes") return "data";
  return require ? "required" : "none";
}
