/**
 * Keeps one transport of a call alive: builds it, watches it, restarts or rebuilds it.
 *
 * How it works: `build` closes what is there and opens a new one; `check` runs once a second while the call has a seat
 * and a socket, samples the transport, and does what the watchdog says. One action runs at a time; a newer build makes
 * the outcome of an older one irrelevant.
 */
import { ApiProblem } from "@/protocol/problem";

import type { Transport } from "./transport";
import { Watchdog } from "./watchdog";

export interface UpkeepDuties<T extends Transport> {
  make: () => T;
  /** Packets should flow on it now. */
  expects: (transport: T) => boolean;
  /** The server does not know us in this conference any more. */
  onRefused: (problem: ApiProblem) => void;
  now: () => number;
}

function isSeatLost(problem: ApiProblem): boolean {
  return problem.code.startsWith("conversations.") || problem.status === 401 || problem.status === 403;
}

export class Upkeep<T extends Transport> {
  private transport: T | null = null;
  private readonly watchdog = new Watchdog();
  private generation = 0;
  private busy = false;

  constructor(private readonly duties: UpkeepDuties<T>) {}

  get current(): T | null {
    return this.transport;
  }

  get isConnected(): boolean {
    return this.transport?.state === "connected";
  }

  async build(): Promise<void> {
    const generation = this.begin();
    this.transport?.close();
    this.watchdog.rebuilt(this.duties.now());
    const transport = this.duties.make();
    this.transport = transport;
    await this.attempt(generation, () => transport.open());
  }

  /** After a new socket on the same seat: keep what is connected, bring it up to date, build what is not. */
  async resume({ refresh }: { refresh: boolean }): Promise<void> {
    if (!this.isConnected) await this.build();
    else if (refresh) await this.restart();
  }

  /** Look at once instead of patiently: the network changed or the computer slept. */
  async wake(): Promise<void> {
    this.watchdog.woke();
    if (this.isConnected) await this.restart();
    else await this.build();
  }

  async check(): Promise<void> {
    if (this.busy) return;
    const { transport, generation } = this;
    const bytes = (await transport?.countBytes().catch(() => 0)) ?? 0;
    // Something else may have begun while we counted; it raises the generation.
    if (generation !== this.generation) return;
    const verdict = this.watchdog.judge({
      atMs: this.duties.now(),
      state: transport?.state ?? "closed",
      bytes,
      expected: transport !== null && this.duties.expects(transport),
    });
    if (verdict === "rebuild") await this.build();
    else if (verdict === "restart") await this.restart();
  }

  /** The server closed it. */
  async closedByServer(transportId: string): Promise<void> {
    if (this.transport?.id === transportId) await this.build();
  }

  stop(): void {
    this.generation += 1;
    this.busy = false;
    this.transport?.close();
    this.transport = null;
    this.watchdog.woke();
  }

  private async restart(): Promise<void> {
    const { transport } = this;
    if (transport === null) return;
    const generation = this.begin();
    this.watchdog.restarted(this.duties.now());
    await this.attempt(generation, () => transport.restart());
  }

  private begin(): number {
    this.generation += 1;
    this.busy = true;
    return this.generation;
  }

  /** A failure closes the transport, so that the next check builds another, after the watchdog's pause. */
  private async attempt(generation: number, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (generation !== this.generation) return;
      this.transport?.close();
      if (error instanceof ApiProblem && isSeatLost(error)) this.duties.onRefused(error);
    } finally {
      if (generation === this.generation) this.busy = false;
    }
  }
}
