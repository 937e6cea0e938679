/** Who has the floor: hands, reactions, pointers, a moderator's mute, and what moderators do. */
import type { Signalling } from "@/media/peer/signalling";
import { conferenceDoors } from "@/protocol/conferences";
import { Observable } from "@/protocol/observable";
import type { SocketCommands, SocketEvents } from "@/protocol/socketEvents";

import { Pointing } from "./pointing";

export type Reaction = SocketCommands["conference:react"][0]["reaction"];
type ReactionShown = SocketEvents["reaction:shown"];

export const REACTIONS: readonly Reaction[] = ["👍", "👏", "❤️", "😂", "😮", "🎉", "🤔", "👎"];

export interface ShownReaction {
  id: number;
  participantId: string;
  reaction: Reaction;
}

/** As long as one looks at it. */
export const REACTION_SHOWN_MS = 5_000;
/** More at once are a storm, of which some are enough. */
const MAX_SHOWN = 12;

export class Floor {
  readonly reactions = new Observable<readonly ShownReaction[]>([]);
  /** Who began to speak to this person alone, last. */
  readonly whispered = new Observable<SocketEvents["conference:whispered"] | null>(null);
  /** Who hears this call without being in it, as this person, its agent, may know. */
  readonly supervisors = new Observable<SocketEvents["conference:supervised"]["supervisors"]>([]);
  readonly pointing: Pointing;
  private shown = 0;

  /** conferenceId  of the call now, null before there is one */
  constructor(
    private readonly signalling: Pick<Signalling, "command" | "hint" | "on">,
    private readonly conferenceId: () => string | null,
  ) {
    this.pointing = new Pointing(signalling, conferenceId);
  }

  /** Follow what others show for a moment, and what is said to this person alone, in a call that is `ours`; returns what ends it. */
  listen(ours: (conferenceId: string) => boolean): (() => void)[] {
    const { signalling } = this;
    return [
      signalling.on("reaction:shown", (event) => {
        if (ours(event.conference_id)) this.show(event);
      }),
      signalling.on("pointer:shown", (event) => {
        if (ours(event.conference_id)) this.pointing.take(event);
      }),
      signalling.on("conference:whispered", (event) => {
        if (ours(event.conference_id)) this.whispered.set(event);
      }),
      signalling.on("conference:supervised", ({ conference_id, supervisors }) => {
        if (ours(conference_id)) this.supervisors.set(supervisors);
      }),
    ];
  }

  /** Raises ApiProblem. */
  async raiseHand(raised: boolean): Promise<void> {
    await this.with((conference_id) => this.signalling.command("conference:hand", { conference_id, raised }));
  }

  /** Lift a moderator's mute of oneself; raises ApiProblem. */
  async speak(): Promise<void> {
    await this.with((conference_id) => this.signalling.command("conference:speak", { conference_id }));
  }

  /** Raises ApiProblem; too many are refused. */
  async react(reaction: Reaction): Promise<void> {
    await this.with((conference_id) => this.signalling.command("conference:react", { conference_id, reaction }));
  }

  private show({ participant_id, reaction }: ReactionShown): void {
    const one = { id: (this.shown += 1), participantId: participant_id, reaction };
    this.reactions.change((all) => [...all, one].slice(-MAX_SHOWN));
    setTimeout(() => this.reactions.change((all) => all.filter(({ id }) => id !== one.id)), REACTION_SHOWN_MS);
  }

  /** Begin or end the recording; raises ApiProblem. Everybody is told by an event. */
  async record(on: boolean): Promise<void> {
    await this.with((id) => (on ? conferenceDoors.record(id) : conferenceDoors.stopRecording(id)));
  }

  /** End it for everybody; raises ApiProblem. The event that follows ends this tab too. */
  async endForAll(): Promise<void> {
    await this.with((id) => conferenceDoors.end(id));
  }

  private async with(ask: (conferenceId: string) => Promise<unknown>): Promise<void> {
    const conferenceId = this.conferenceId();
    if (conferenceId !== null) await ask(conferenceId);
  }
}
