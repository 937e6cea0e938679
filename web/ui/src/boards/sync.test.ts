import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ApiProblem } from "@/protocol/problem";

import { beats, type BoardElement } from "./elements";
import type { BoardScene } from "./rest";
import { BoardSync, type BoardDoors, type Easel } from "./sync";

const BOARD = "b1";

function element(id: string, version = 1, more: Partial<BoardElement> = {}): BoardElement {
  return { id, type: "rectangle", version, versionNonce: 7, isDeleted: false, ...more };
}

class Paper implements Easel {
  readonly scene = new Map<string, BoardElement>();
  put(elements: readonly BoardElement[], gone: ReadonlySet<string>): void {
    for (const one of elements) this.scene.set(one.id, one);
    for (const id of gone) this.scene.delete(id);
  }
  elements(): readonly BoardElement[] {
    return [...this.scene.values()];
  }
  isWorthKeeping(): boolean {
    return true;
  }
}

/** A server of one board, which a test may lead astray. */
class FakeServer {
  revision = 1;
  horizon = 0;
  draws = true;
  sent: BoardElement[][] = [];
  problem: ApiProblem | null = null;
  refused: Record<string, string> = {};
  losesAcks = false;
  readonly elements = new Map<string, { element: BoardElement; revision: number }>();
  private readonly handlers = new Map<string, (payload: never) => void>();
  private ready: () => void = () => undefined;

  readonly doors = {
    socket: {
      linkState: "online",
      on: (name: string, handler: (payload: never) => void) => {
        this.handlers.set(name, handler);
        return () => this.handlers.delete(name);
      },
      onReady: (listener: () => void) => {
        this.ready = listener;
        return () => undefined;
      },
      onState: () => () => undefined,
      hint: () => undefined,
      command: (name: string, payload: { elements?: BoardElement[] }) => this.command(name, payload),
    },
    scene: (since: number) => Promise.resolve(this.scene(since)),
  } as unknown as BoardDoors;

  store(one: BoardElement): void {
    this.revision += 1;
    this.elements.set(one.id, { element: one, revision: this.revision });
  }

  tell(name: string, payload: unknown): void {
    this.handlers.get(name)?.(payload as never);
  }

  reconnect(): void {
    this.ready();
  }

  private scene(since: number): BoardScene {
    const complete = since <= 0 || since < this.horizon;
    const rows = [...this.elements.values()].filter((row) => (complete ? row.element.isDeleted !== true : row.revision > since));
    return { revision: this.revision, complete, elements: rows.map((row) => row.element) };
  }

  private command(name: string, { elements = [] }: { elements?: BoardElement[] }): Promise<unknown> {
    if (name === "board:open") return Promise.resolve({ board: { id: BOARD }, key: "me", revision: this.revision, draws: this.draws });
    if (this.problem !== null) return Promise.reject(this.problem);
    this.sent.push(elements);
    const current: BoardElement[] = [];
    for (const one of elements) {
      const row = this.elements.get(one.id);
      if (one.id in this.refused || (row !== undefined && !beats(one, row.element))) {
        if (row !== undefined) current.push(row.element);
      } else this.store(one);
    }
    if (this.losesAcks) return Promise.reject(new ApiProblem("network.timeout", 0, ""));
    return Promise.resolve({ revision: this.revision, alone: true, refused: this.refused, current });
  }
}

let server: FakeServer;
let paper: Paper;
let sync: BoardSync;

async function open(): Promise<void> {
  sync = new BoardSync(BOARD, server.doors, paper);
  sync.start();
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  paper = new Paper();
});

afterEach(() => {
  sync.stop();
  vi.useRealTimers();
});

describe("a board that is open", () => {
  it("shows what the server has and sends what is drawn", async () => {
    server.store(element("old"));
    await open();
    expect([...paper.scene.keys()]).toEqual(["old"]);
    paper.scene.set("new", element("new"));
    sync.look();
    expect(sync.state.get().unsent).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(server.elements.get("new")?.element.version).toBe(1);
    expect(sync.state.get().unsent).toBe(0);
  });

  it("keeps what was drawn until it is acknowledged in that version", async () => {
    await open();
    server.losesAcks = true;
    paper.scene.set("a", element("a"));
    sync.look();
    await vi.advanceTimersByTimeAsync(200);
    expect(sync.state.get().unsent).toBe(1);
    paper.scene.set("a", element("a", 2));
    sync.look();
    server.losesAcks = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(server.elements.get("a")?.element.version).toBe(2);
    expect(sync.state.get().unsent).toBe(0);
  });

  it("asks for what it missed when revisions do not follow", async () => {
    await open();
    server.store(element("lost"));
    server.store(element("seen"));
    server.tell("board:changed", { board_id: BOARD, before: 2, revision: 3, elements: [element("seen")] });
    expect([...paper.scene.keys()]).toEqual(["seen"]);
    await vi.advanceTimersByTimeAsync(300);
    expect([...paper.scene.keys()].sort()).toEqual(["lost", "seen"]);
  });

  it("lets the version win that wins on the server", async () => {
    await open();
    server.problem = new ApiProblem("network.unreachable", 0, "");
    paper.scene.set("a", element("a", 2, { versionNonce: 9, x: 1 }));
    sync.look();
    await vi.advanceTimersByTimeAsync(100);
    server.store(element("a", 2, { versionNonce: 3, x: 2 }));
    server.tell("board:changed", { board_id: BOARD, before: 1, revision: 2, elements: [element("a", 2, { versionNonce: 3, x: 2 })] });
    expect(paper.scene.get("a")?.x).toBe(2);
    expect(sync.state.get().unsent).toBe(0);
  });

  it("takes back what the server refuses and says why", async () => {
    server.store(element("a", 1, { x: 1 }));
    await open();
    const codes: string[] = [];
    sync.onRefused = (told) => codes.push(...told);
    server.refused = { a: "boards.bad_link", b: "boards.board_full" };
    paper.scene.set("a", element("a", 2, { x: 5 }));
    paper.scene.set("b", element("b"));
    sync.look();
    await vi.advanceTimersByTimeAsync(200);
    expect(paper.scene.get("a")?.x).toBe(1);
    expect(paper.scene.has("b")).toBe(false);
    expect(codes.sort()).toEqual(["boards.bad_link", "boards.board_full"]);
  });
});

describe("a board after a long time without a line", () => {
  it("gives up changes to elements whose deletion the server has forgotten, and keeps new ones", async () => {
    server.store(element("gone"));
    server.store(element("there"));
    await open();
    server.problem = new ApiProblem("network.unreachable", 0, "");
    paper.scene.set("gone", element("gone", 5));
    paper.scene.set("there", element("there", 5));
    paper.scene.set("new", element("new"));
    sync.look();
    await vi.advanceTimersByTimeAsync(100);
    server.elements.delete("gone");
    server.revision = 50;
    server.horizon = 40;
    server.problem = null;
    server.reconnect();
    await vi.advanceTimersByTimeAsync(3_000);
    expect([...paper.scene.keys()].sort()).toEqual(["new", "there"]);
    expect([...server.elements.keys()].sort()).toEqual(["new", "there"]);
    expect(server.elements.get("there")?.element.version).toBe(5);
  });

  it("shows the server's board when one may not draw any more", async () => {
    server.store(element("a", 1, { x: 1 }));
    await open();
    server.problem = new ApiProblem("boards.read_only", 403, "");
    paper.scene.set("a", element("a", 2, { x: 9 }));
    paper.scene.set("mine", element("mine"));
    sync.look();
    await vi.advanceTimersByTimeAsync(300);
    expect(sync.state.get().draws).toBe(false);
    expect([...paper.scene.values()].map(({ id, x }) => [id, x])).toEqual([["a", 1]]);
  });
});
