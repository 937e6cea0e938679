/**
 * One open whiteboard and the server: what was drawn goes out, what others drew comes in, and after a bad line both agree.
 *
 * How it works: `known` holds the stamp of each element as the server has it. What the easel shows and the server does
 * not have waits in `unsent` until it is acknowledged in that very version. The higher version stands, then the lower
 * nonce, here and on the server. A gap in the revisions, and every new connection, asks for the scene since the last
 * revision known; an answer older than the server's memory of deletions is the whole scene, and of unsent changes those
 * to elements that are gone are given up.
 */
import { Observable } from "@/protocol/observable";
import { ApiProblem } from "@/protocol/problem";
import type { LinkState, SocketLink } from "@/protocol/socket";
import type { SocketEvents } from "@/protocol/socketEvents";

import { beats, stampOf, type BoardElement, type Stamp } from "./elements";
import type { Board, BoardCursor, BoardPerson, BoardScene } from "./rest";

const SEND_MS = 50;
const HOLE_MS = 150;
const RETRY_MS = 1_000;
const ACK_MS = 8_000;
const MAX_SENT_CHARS = 180_000;
const MAX_SENT = 1_000;
/** A server process says every 5 s who is here; one that is silent for longer is gone. */
const PRESENT_LIVES_MS = 17_000;

/** Where elements are drawn. */
export interface Easel {
  /** Put elements in: the server's word, whatever version is there now. Those of `gone` disappear. */
  put: (elements: readonly BoardElement[], gone: ReadonlySet<string>) => void;
  /** Everything on it, deleted elements too. */
  elements: () => readonly BoardElement[];
  /** A text without letters, a line without length are not. */
  isWorthKeeping: (element: BoardElement) => boolean;
}

export type BoardPhase = "opening" | "open" | "gone" | "failed";

export interface BoardState {
  phase: BoardPhase;
  board: Board | null;
  draws: boolean;
  /** Why it could not be opened. */
  problem: ApiProblem | null;
  people: readonly BoardPerson[];
  /** Elements that are not stored yet. */
  unsent: number;
  revision: number;
}

export interface BoardDoors {
  socket: Pick<SocketLink, "command" | "hint" | "on" | "onReady" | "onState" | "linkState">;
  scene: (since: number) => Promise<BoardScene>;
}

export class BoardSync {
  readonly state = new Observable<BoardState>({ phase: "opening", board: null, draws: false, problem: null, people: [], unsent: 0, revision: 0 });
  /** Codes of changes the server refused. */
  onRefused: (codes: readonly string[]) => void = () => undefined;
  onCursors: (cursors: readonly BoardCursor[]) => void = () => undefined;
  /** Something of one's own was stored. */
  onStored: () => void = () => undefined;
  private readonly known = new Map<string, Stamp>();
  private readonly unsent = new Map<string, BoardElement>();
  private readonly present = new Map<string, { people: readonly BoardPerson[]; at_ms: number }>();
  private key = "";
  private revision = 0;
  private isFetched = false;
  private readonly mayBeStored = new Set<string>();
  private entering = false;
  private fetching: Promise<void> | null = null;
  private sending = false;
  private mostSent = MAX_SENT;
  private isStopped = false;
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private stops: (() => void)[] = [];

  constructor(
    private readonly boardId: string,
    private readonly doors: BoardDoors,
    private readonly easel: Easel,
  ) {}

  start(): void {
    const { socket } = this.doors;
    this.stops = [
      socket.on("board:changed", (event) => this.onChanged(event)),
      socket.on("board:cursors", (event) => {
        if (event.board_id === this.boardId) this.onCursors(event.cursors.filter(({ key }) => key !== this.key));
      }),
      socket.on("board:present", (event) => this.onPresent(event)),
      socket.on("board:updated", ({ board }) => this.onUpdated(board)),
      socket.on("board:closed", (event) => {
        if (event.board_id === this.boardId) this.end("gone");
      }),
      socket.onReady(() => void this.enter()),
      socket.onState((link: LinkState) => {
        if (link !== "online" && this.state.get().phase === "open") this.set({ people: [] });
      }),
    ];
    if (socket.linkState === "online") void this.enter();
  }

  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    for (const stop of this.stops) stop();
    for (const timer of this.timers) clearTimeout(timer);
    this.doors.socket.hint("board:close", { board_id: this.boardId });
  }

  get ownKey(): string {
    return this.key;
  }

  /** Try again what failed. */
  retry(): void {
    this.set({ phase: "opening", problem: null });
    void this.enter();
  }

  /** Look at the easel for what the server does not have. */
  look(): void {
    if (!this.state.get().draws || !this.isFetched) return;
    for (const element of this.easel.elements()) {
      const known = this.known.get(element.id);
      if (known !== undefined && !beats(element, known)) continue;
      if (known === undefined && !this.mayBeStored.has(element.id) && (element.isDeleted === true || !this.easel.isWorthKeeping(element))) {
        this.unsent.delete(element.id);
        continue;
      }
      const waiting = this.unsent.get(element.id);
      // The library changes its elements in place.
      if (waiting === undefined || beats(element, waiting)) this.unsent.set(element.id, { ...element });
    }
    this.told();
    this.sendSoon(SEND_MS);
  }

  point(x: number, y: number, tool: "pointer" | "laser", button: "up" | "down", selected: readonly string[]): void {
    if (this.state.get().phase !== "open") return;
    this.doors.socket.hint("board:point", { board_id: this.boardId, x, y, tool, button, selected: selected.slice(0, 100) });
  }

  // -- entering ------------------------------------------------------------------------------------

  private async enter(): Promise<void> {
    if (this.entering || this.isStopped || this.state.get().phase === "gone") return;
    this.entering = true;
    try {
      const opened = await this.doors.socket.command("board:open", { board_id: this.boardId }, ACK_MS);
      this.key = opened.key;
      await this.fetch();
      this.set({ phase: "open", board: opened.board, draws: opened.draws, problem: null });
      this.look();
    } catch (error) {
      this.onTrouble(error, () => void this.enter());
    } finally {
      this.entering = false;
    }
  }

  private onTrouble(error: unknown, again: () => void): void {
    if (this.isStopped) return;
    const problem = error instanceof ApiProblem ? error : new ApiProblem("network.broken", 0, "");
    if (problem.status === 404) this.end("gone");
    else if (problem.isTransient) this.after(problem.retryAfterS === null ? RETRY_MS : problem.retryAfterS * 1000, again);
    else this.set({ phase: "failed", problem });
  }

  private end(phase: "gone"): void {
    this.unsent.clear();
    this.set({ phase, draws: false, people: [], unsent: 0 });
  }

  private fetch(): Promise<void> {
    this.fetching ??= this.fetchOnce().finally(() => {
      this.fetching = null;
    });
    return this.fetching;
  }

  private async fetchOnce(): Promise<void> {
    const scene = await this.doors.scene(this.revision);
    if (this.isStopped) return;
    const elements = scene.elements as BoardElement[];
    const gone = new Set<string>();
    if (scene.complete && this.isFetched) {
      const there = new Set(elements.map(({ id }) => id));
      for (const id of [...this.known.keys(), ...this.mayBeStored]) {
        if (there.has(id)) continue;
        gone.add(id);
        this.known.delete(id);
        this.unsent.delete(id);
      }
      this.mayBeStored.clear();
    }
    this.isFetched = true;
    this.take(elements, gone);
    this.reached(scene.complete ? scene.revision : Math.max(this.revision, scene.revision));
  }

  private reached(revision: number): void {
    this.revision = revision;
    this.set({ revision });
  }

  // -- what others did -----------------------------------------------------------------------------

  /** Put in what is newer than what the easel shows or waits to be sent. */
  private take(elements: readonly BoardElement[], gone: ReadonlySet<string> = new Set(), force: ReadonlySet<string> = new Set()): void {
    const news: BoardElement[] = [];
    for (const element of elements) {
      const known = this.known.get(element.id);
      if (known !== undefined && !beats(element, known) && !force.has(element.id)) continue;
      this.known.set(element.id, stampOf(element));
      const waiting = this.unsent.get(element.id);
      if (waiting !== undefined && beats(waiting, element) && !force.has(element.id)) continue;
      this.unsent.delete(element.id);
      news.push(element);
    }
    if (news.length > 0 || gone.size > 0) this.easel.put(news, gone);
    this.told();
  }

  private onChanged(event: SocketEvents["board:changed"]): void {
    if (event.board_id !== this.boardId || !this.isFetched) return;
    if (event.elements !== null) this.take(event.elements as BoardElement[]);
    if (event.elements !== null && event.before <= this.revision) this.reached(Math.max(this.revision, event.revision));
    else this.mend(event.revision);
  }

  private onPresent(event: SocketEvents["board:present"]): void {
    if (event.board_id !== this.boardId) return;
    const now = performance.now();
    this.present.set(event.node, { people: event.people, at_ms: now });
    for (const [node, { at_ms }] of this.present) if (now - at_ms > PRESENT_LIVES_MS) this.present.delete(node);
    this.set({ people: [...this.present.values()].flatMap(({ people }) => people) });
    if (this.isFetched) this.mend(event.revision);
  }

  private onUpdated(board: Board): void {
    if (board.id !== this.boardId) return;
    this.set({ board });
    // Who may draw is said by the server, for whoever asks.
    void this.enter();
  }

  /** Ask for what is missing, unless it comes by itself in a moment. */
  private mend(revision: number): void {
    if (revision <= this.revision) return;
    this.after(HOLE_MS, () => {
      if (revision <= this.revision) return;
      this.fetch().catch((error: unknown) => this.onTrouble(error, () => this.mend(revision)));
    });
  }

  // -- what one did oneself ------------------------------------------------------------------------

  private sendSoon(afterMs: number): void {
    if (this.sending || this.unsent.size === 0 || this.isStopped) return;
    this.sending = true;
    this.after(afterMs, () => void this.send());
  }

  private async send(): Promise<void> {
    let pauseMs = SEND_MS;
    const batch = this.nextBatch();
    const tried = batch.filter(({ id }) => !this.known.has(id) && !this.mayBeStored.has(id));
    try {
      if (batch.length > 0 && this.state.get().phase === "open") {
        for (const { id } of tried) this.mayBeStored.add(id);
        const stored = await this.doors.socket.command("board:change", { board_id: this.boardId, revision: this.revision, elements: batch }, ACK_MS);
        this.mostSent = MAX_SENT;
        this.onAnswer(batch, stored);
      } else pauseMs = RETRY_MS / 4;
    } catch (error) {
      // Nothing went out at all.
      if (error instanceof ApiProblem && error.code === "network.unreachable") for (const { id } of tried) this.mayBeStored.delete(id);
      pauseMs = this.onSendTrouble(error, batch);
    }
    this.sending = false;
    this.sendSoon(pauseMs);
  }

  private nextBatch(): BoardElement[] {
    const batch: BoardElement[] = [];
    let chars = 0;
    for (const element of this.unsent.values()) {
      chars += JSON.stringify(element).length;
      if (batch.length > 0 && (chars > MAX_SENT_CHARS || batch.length >= this.mostSent)) break;
      batch.push(element);
    }
    return batch;
  }

  private onAnswer(batch: readonly BoardElement[], answer: { revision: number; alone: boolean; refused: Record<string, string>; current: Record<string, unknown>[] }): void {
    const current = answer.current as BoardElement[];
    const refused = new Set(Object.keys(answer.refused));
    for (const element of batch) {
      this.mayBeStored.delete(element.id);
      if (refused.has(element.id)) continue;
      const known = this.known.get(element.id);
      if (known === undefined || beats(element, known)) this.known.set(element.id, stampOf(element));
      if (this.unsent.get(element.id) === element) this.unsent.delete(element.id);
    }
    const there = new Set(current.map(({ id }) => id));
    const gone = new Set([...refused].filter((id) => !there.has(id)));
    for (const id of refused) this.unsent.delete(id);
    for (const id of gone) this.known.delete(id);
    this.take(current, gone, refused);
    if (answer.alone && answer.revision === this.revision + 1) this.reached(answer.revision);
    else this.mend(answer.revision);
    if (refused.size > 0) this.onRefused([...new Set(Object.values(answer.refused))]);
    if (refused.size < batch.length) this.onStored();
  }

  /** returns  how long to wait before the next try, ms */
  private onSendTrouble(error: unknown, batch: readonly BoardElement[]): number {
    const problem = error instanceof ApiProblem ? error : new ApiProblem("network.broken", 0, "");
    if (problem.isTransient) return problem.retryAfterS === null ? RETRY_MS : problem.retryAfterS * 1000;
    if (problem.status === 404) this.end("gone");
    else if (problem.status === 409) void this.enter();
    else if (problem.status === 403) this.giveUp(problem);
    else if (batch.length > 1) this.mostSent = 1;
    else {
      // The one that cannot be kept stands in nobody's way.
      const [bad] = batch;
      if (bad !== undefined) {
        this.unsent.delete(bad.id);
        this.mayBeStored.delete(bad.id);
        this.easel.put([], new Set([bad.id]));
        this.onRefused([problem.code]);
      }
    }
    return RETRY_MS;
  }

  /** One may not draw any more: the board shows what the server has. */
  private giveUp(problem: ApiProblem): void {
    const gone = new Set(this.unsent.keys());
    this.unsent.clear();
    for (const id of gone) this.known.delete(id);
    this.set({ draws: false });
    this.easel.put([], gone);
    this.revision = 0;
    this.onRefused([problem.code]);
    this.fetch().catch((error: unknown) => this.onTrouble(error, () => void this.enter()));
  }

  private told(): void {
    this.set({ unsent: this.unsent.size });
  }

  private set(values: Partial<BoardState>): void {
    const old = this.state.get();
    const names = Object.keys(values) as (keyof BoardState)[];
    if (names.some((name) => old[name] !== values[name])) this.state.set({ ...old, ...values });
  }

  private after(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (!this.isStopped) work();
    }, ms);
    this.timers.add(timer);
  }
}
