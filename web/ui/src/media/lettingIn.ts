/** A call that is being answered: its seat is refused until the answer, which is under way, is stored. */
import { ApiProblem } from "@/protocol/problem";

const RETRY_MS = 150;
/** No answer takes longer; whoever is refused then was not let in. */
const PATIENCE_MS = 10_000;

export class LettingIn {
  private readonly untilMs: number;

  constructor(
    readonly isAnswering: boolean,
    private readonly now: () => number,
  ) {
    this.untilMs = now() + PATIENCE_MS;
  }

  /** Ask again in a moment, if a refusal means no more than that the answer is not stored yet. */
  asksAgain(error: unknown, ask: () => void): boolean {
    const isEarly = this.isAnswering && this.now() < this.untilMs && error instanceof ApiProblem && error.status === 404;
    if (isEarly) setTimeout(ask, RETRY_MS);
    return isEarly;
  }
}
