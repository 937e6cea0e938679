/** What may not be done twice at a time, or for somebody who is not there any more. */
import { ApiProblem } from "@/protocol/problem";

/** Do something in one tab of the browser at a time (Web Locks); a browser without them, as pages without TLS have it, just does it. */
export async function alone(name: string, act: () => Promise<void>): Promise<void> {
  const { locks } = navigator as { locks?: LockManager };
  if (locks === undefined) await act();
  else await locks.request(name, act);
}

/** The visitor became somebody else before the answer came. */
export class Turned extends ApiProblem {
  constructor() {
    super("network.broken", 0, "");
  }
}
