/** All that the frame shows of a visitor and their visit. */
import type { ApiProblem } from "@/protocol/problem";
import type { LinkState } from "@/protocol/socket";

import type { Pending } from "./kept";
import type { Question } from "./questions";
import type { VisitState, Visitor, WidgetConfig } from "./rest";
import type { Talk } from "./talk";

export interface VisitorState {
  /** null until the server told it. */
  config: WidgetConfig | null;
  /** The server cannot be reached, or does not know this widget. */
  problem: ApiProblem | null;
  visitor: Visitor | null;
  visit: VisitState | null;
  pending: Pending | null;
  question: Question;
  asking: boolean;
  /** Why asking did not work. */
  refusal: ApiProblem | null;
  /** The visitor chose to leave a message, or nobody is there. */
  form: boolean;
  /** The left message is stored. */
  left: boolean;
  line: LinkState;
  talk: Talk | null;
  /** Grows when the visitor becomes somebody else. */
  era: number;
}

export const FRESH: VisitorState = {
  config: null, problem: null, visitor: null, visit: null, pending: null, question: "none", asking: false,
  refusal: null, form: false, left: false, line: "offline", talk: null, era: 0,
}; // prettier-ignore
