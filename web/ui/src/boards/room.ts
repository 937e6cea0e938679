/** A whiteboard that is open in this window: its canvas, the server's scene, its pictures, who is here and where they point. */
import { colourOf } from "@/base/people";
import type { Observable } from "@/protocol/observable";
import type { SocketLink } from "@/protocol/socket";

import type { Canvas, Guest, Pointed } from "./library/drawing";
import { BoardPictures } from "./pictures";
import { Preview } from "./preview";
import { api, type BoardCursor, type BoardPerson } from "./rest";
import { BoardSync, type BoardState } from "./sync";

const POINT_MS = 60;
const STORED_TURNS = 150;

export class BoardRoom {
  readonly sync: BoardSync;
  readonly pictures: BoardPictures;
  readonly state: Observable<BoardState>;
  private readonly preview: Preview;
  private readonly cursors = new Map<string, BoardCursor>();
  private pointed: Pointed | null = null;
  private pointing: ReturnType<typeof setTimeout> | null = null;
  private isShown = false;
  private stops: (() => void)[] = [];

  constructor(
    boardId: string,
    socket: SocketLink,
    readonly canvas: Canvas,
  ) {
    this.sync = new BoardSync(boardId, { socket, scene: (since) => api.boards.scene(boardId, since) }, canvas);
    this.state = this.sync.state;
    this.pictures = new BoardPictures(boardId, canvas);
    this.preview = new Preview(boardId, canvas, this.state);
    this.sync.onCursors = (cursors) => {
      for (const cursor of cursors) this.cursors.set(cursor.key, cursor);
      this.showGuests();
    };
    this.sync.onStored = () => this.preview.soon();
  }

  start(): void {
    let people: readonly BoardPerson[] = [];
    this.stops = [
      this.state.subscribe(() => {
        const state = this.state.get();
        if (state.phase === "open" && !this.isShown) {
          this.isShown = true;
          this.canvas.clearHistory();
          if (!this.canvas.isEmpty()) this.canvas.showAll();
        }
        if (state.people === people) return;
        people = state.people;
        const here = new Set(people.map(({ key }) => key));
        for (const key of this.cursors.keys()) if (!here.has(key)) this.cursors.delete(key);
        this.showGuests();
      }),
    ];
    this.sync.start();
  }

  stop(): void {
    for (const stop of this.stops) stop();
    if (this.pointing !== null) clearTimeout(this.pointing);
    this.preview.stop();
    this.pictures.stop();
    this.sync.stop();
  }

  /** Something on the canvas is different. */
  changed(): void {
    this.sync.look();
    this.pictures.look(this.state.get().draws);
  }

  /** Everything drawn so far is kept, or there was no way to in good time. */
  async stored(): Promise<void> {
    this.changed();
    for (let turn = 0; turn < STORED_TURNS && this.state.get().unsent > 0; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, POINT_MS));
    }
  }

  /** Before the canvas goes: what was drawn is kept, and the small picture shows it. */
  async finish(): Promise<void> {
    await this.stored();
    await this.preview.finish();
  }

  /** Tell the others where one points; the last place is enough. */
  point(pointed: Pointed): void {
    this.pointed = pointed;
    if (this.pointing !== null || this.state.get().people.length < 2) return;
    this.pointing = setTimeout(() => {
      this.pointing = null;
      if (this.pointed === null) return;
      const { x, y, tool, button } = this.pointed;
      this.sync.point(x, y, tool, button, this.canvas.selected());
    }, POINT_MS);
  }

  private showGuests(): void {
    const guests = this.state.get().people
      .filter(({ key }) => key !== this.sync.ownKey)
      .map(({ key, name, person_id }): Guest => {
        const cursor = this.cursors.get(key);
        return { key, name, colour: colourOf(person_id), selected: cursor?.selected ?? [], ...(cursor && { pointer: cursor }) };
      });
    this.canvas.showGuests(guests);
  }
}
