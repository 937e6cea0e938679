/** The small picture of a board in its conversation: made here, of what people see, by whoever drew last. */
import type { Observable } from "@/protocol/observable";

import type { Canvas } from "./library/drawing";
import { api } from "./rest";
import type { BoardState } from "./sync";

const IDLE_MS = 2_500;
const LONGEST_MS = 15_000;
const WIDEST_PX = 640;

export class Preview {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private since_ms = 0;

  constructor(
    private readonly boardId: string,
    private readonly canvas: Canvas,
    private readonly state: Observable<BoardState>,
  ) {}

  /** After a pause in drawing, or now and then while it goes on. */
  soon(): void {
    if (this.timer === null) this.since_ms = performance.now();
    else clearTimeout(this.timer);
    const waited = performance.now() - this.since_ms;
    this.timer = setTimeout(() => void this.make(), Math.max(0, Math.min(IDLE_MS, LONGEST_MS - waited)));
  }

  /** Make at once what was to be made soon. */
  async finish(): Promise<void> {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    await this.make();
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private async make(): Promise<void> {
    this.timer = null;
    const { phase, revision, draws } = this.state.get();
    if (phase !== "open" || !draws) return;
    if (this.canvas.missingPictures().length > 0) {
      this.soon();
      return;
    }
    try {
      await api.boards.putPreview(this.boardId, revision, await this.canvas.picture("image/webp", WIDEST_PX));
    } catch {
      // The next stroke makes another one.
    }
  }
}
