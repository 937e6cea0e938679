/**
 * Pictures of cameras as they are where they are, asked of the page that has the camera (BEY-011).
 *
 * How it works: over a bad line a picture of the call is a small one, but a file arrives whole, if late. So the page of
 * whoever freezes somebody's picture asks that person's page for it, which draws its camera's picture at once and sends it.
 */
import type { Signalling } from "@/media/peer/signalling";
import { conferenceDoors } from "@/protocol/conferences";
import { newId } from "@/protocol/newId";

import { stillOf } from "./still";

/** For a picture of some 200 kB over a line that carries the call, too. */
export const GIVEN_WITHIN_MS = 8_000;

export class Stills {
  private readonly asked = new Map<string, () => void>();
  private giving = false;

  /**
   * camera      what this page sends of its camera now
   * guestToken  of a page without a session
   */
  constructor(
    private readonly signalling: Pick<Signalling, "on">,
    private readonly camera: () => MediaStreamTrack | null,
    private readonly guestToken?: string,
    private readonly draw: typeof stillOf = stillOf,
  ) {}

  /** Answer when asked, in a call that is `ours`; returns what ends it. */
  listen(ours: (conferenceId: string) => boolean): (() => void)[] {
    return [
      this.signalling.on("frame:wanted", ({ conference_id, asked_by, ask_id }) => {
        if (ours(conference_id)) void this.give(conference_id, asked_by, ask_id).catch(() => undefined);
      }),
      this.signalling.on("frame:given", ({ ask_id }) => this.asked.get(ask_id)?.()),
    ];
  }

  /** Ask a participant's page for its picture; the ask by which it can be taken at the server, null: it does not come. */
  async ask(conferenceId: string, participantId: string): Promise<string | null> {
    const askId = newId();
    const given = new Promise<string | null>((resolve) => {
      this.asked.set(askId, () => resolve(askId));
      setTimeout(() => resolve(null), GIVEN_WITHIN_MS);
    });
    try {
      await conferenceDoors.askForFrame(conferenceId, participantId, askId);
      return await given;
    } catch {
      // Nobody is there who can be asked.
      return null;
    } finally {
      this.asked.delete(askId);
    }
  }

  /** One at a time: a line that is bad has room for no more. */
  private async give(conferenceId: string, askedBy: string, askId: string): Promise<void> {
    const camera = this.camera();
    if (camera === null || this.giving) return;
    this.giving = true;
    try {
      const picture = await this.draw(camera);
      if (picture !== null) await conferenceDoors.giveFrame(conferenceId, askedBy, askId, picture, this.guestToken);
    } finally {
      this.giving = false;
    }
  }
}
