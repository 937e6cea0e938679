// long: one call is one state machine; its parts (capture, publishing, playing) are files of their own
/**
 * One call of one tab: from asking for devices to leaving, and everything that must heal by itself in between.
 *
 * How it works: `advance` brings the call to its seat (conference, socket, join) and is tried again every second until
 * it succeeds. Each new socket joins again with the same instance id. Two Upkeeps carry the media. One tick a second
 * drives retries, watchdogs and the visible state of the link.
 */
import { Capture, isAnnounced, type CaptureKind } from "@/media/capture/capture";
import { Devices, type DeviceKind } from "@/media/capture/devices";
import { Screen, type ScreenHint } from "@/media/capture/screen";
import { Effects } from "@/media/effects/effects";
import { PublishTransport } from "@/media/peer/publishing";
import { NOTHING_PAUSED, NOTHING_RECEIVED, ReceiveTransport, type ReceivedTracks } from "@/media/peer/receiving";
import type { Signalling } from "@/media/peer/signalling";
import { warmUp } from "@/media/peer/transport";
import { Upkeep } from "@/media/peer/upkeep";
import { SleepWatch } from "@/media/peer/watchdog";
import { conferenceDoors, type Conference, type IceServer, type Participant } from "@/protocol/conferences";
import { EventLog } from "@/protocol/eventlog";
import { Observable } from "@/protocol/observable";
import { ApiProblem } from "@/protocol/problem";
import { applyToConferences, parseEvent, type Update } from "@/protocol/updates";

import { FRESH, withSeat, type CallOptions, type CallState } from "./callState";
import { Choosing } from "./choices";
import { Floor } from "./floor";
import { claimSeatmark, writeSeatmark, type Seatmark } from "./instance";
import { LettingIn } from "./lettingIn";
import { isActive, nextPhase, type Happening } from "./phases";
import { Playback } from "./playback";
import { listenToQuality, NO_QUALITY } from "./quality";
import { Sparing } from "./sparing";
import { Stills } from "./stills";
import { Watching, type WatchedTile } from "./watching";

const STORED = ["participant:joined", "participant:changed", "conference:changed", "recording:started", "recording:stopped"] as const;
const TICK_MS = 1_000;
const RETRY_MS = 1_500;
const PROBE_TIMEOUT_MS = 2_500;
/** Shorter losses are not worth a word on the screen. */
const UNHEALTHY_SHOWN_MS = 1_000;
/** Another tab that takes the seat is announced within this time of our seat's end. */
const REPLACED_PATIENCE_MS = 2_000;
/** How long what we send waits for what we receive. */
const RECEIVE_FIRST_MS = 200;
/** TURN credentials live for an hour at most. */
const ICE_SERVERS_FRESH_MS = 45 * 60_000;

export type { CallOptions, CallState };

export class Call {
  readonly state = new Observable<CallState>(FRESH);
  readonly received = new Observable<ReceivedTracks>(NOTHING_RECEIVED);
  /** The pictures that do not come, and why. */
  readonly paused = new Observable(NOTHING_PAUSED);
  readonly quality = new Observable(NO_QUALITY);
  readonly devices = new Devices();
  readonly capture = new Capture(this.devices);
  readonly effects: Effects;
  readonly screen = new Screen();
  readonly floor: Floor;
  readonly stills: Stills;
  readonly playback = new Playback();
  readonly watching = new Watching({ received: () => this.received.get(), tell: (tiles) => this.tellWatched(tiles) });
  readonly sparing: Sparing;
  readonly publish: Upkeep<PublishTransport>;
  readonly receive: Upkeep<ReceiveTransport>;
  private mark: Seatmark | null = null;
  /** Who came and went while we asked for the seat: the answer may be older than an event that overtook it. */
  private readonly log = new EventLog<Update>();
  private iceServers: readonly IceServer[] = [];
  private iceServersAtMs = 0;
  private seated = false;
  private advancing = false;
  private retryAtMs = 0;
  private unhealthySinceMs: number | null = null;
  private reported: { audio: boolean; video: boolean } | null = null;
  /** What to ask for at the next start: what was on when the call was last left. */
  private wanted: { audio: boolean; video: boolean };
  /** Answer to a ring: this conference and no other; once it ended, a new one may be started. */
  private answered: string | null;
  readonly lettingIn: LettingIn;
  private readonly choosing: Choosing;
  private sleep = new SleepWatch();
  private timer: ReturnType<typeof setInterval> | null = null;
  private stops: (() => void)[] = [];

  constructor(
    private readonly signalling: Signalling,
    private readonly options: CallOptions,
    private readonly now: () => number = () => performance.now(),
  ) {
    const chosen = Choosing.start(options);
    this.effects = new Effects(this.capture, chosen.effects);
    this.sparing = new Sparing(this.capture, this.watching, now);
    this.floor = new Floor(signalling, () => this.mark?.conferenceId ?? null);
    this.stills = new Stills(signalling, () => this.effects.tracks.camera, options.guestToken);
    this.choosing = new Choosing(options, this);
    this.wanted = chosen;
    this.answered = options.conferenceId;
    this.lettingIn = new LettingIn(options.answering === true, now);
    const common = { onRefused: () => this.loseSeat(), now };
    this.publish = new Upkeep({ make: () => this.makePublish(), expects: (transport) => transport.isFed, ...common });
    this.receive = new Upkeep({ make: () => this.makeReceive(), expects: () => this.watching.expects(this.state.get(), this.paused.get()), ...common });
  }

  /**
   * Ask for devices, the conference and the seat, all at once; a call that was started before goes on.
   *
   * signedIn  devices are asked for only when it holds
   */
  start(signedIn?: Promise<unknown>): void {
    if (this.timer !== null) return;
    performance.mark("centrala.call.start");
    this.listen();
    this.devices.start();
    this.watching.start();
    void this.capture.start(this.wanted, signedIn);
    this.timer = setInterval(() => this.tick(), TICK_MS);
    void this.advance();
  }

  /** The page goes away, or the component does; says nothing to the server. */
  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.release();
    this.watching.stop();
    this.devices.stop();
  }

  /** Begin anew: rejoin after leaving, take the call back from another tab, call again after the end. */
  restart(): void {
    if (isActive(this.state.get().phase)) return;
    if (this.state.get().phase === "ended") {
      this.answered = null;
      this.remember(null);
    }
    this.happen("started", FRESH);
    void this.capture.start(this.wanted);
    this.retryAtMs = 0;
    void this.advance();
  }

  async leave(): Promise<void> {
    if (!isActive(this.state.get().phase)) return;
    const conferenceId = this.mark?.conferenceId;
    this.happen("left");
    if (conferenceId != null) await this.signalling.command("conference:leave", { conference_id: conferenceId }, 1_000).catch(() => undefined);
  }

  /** Raises ApiProblem when a moderator's mute may not be lifted now. */
  async toggleMicrophone(): Promise<void> {
    const on = !this.capture.microphone.get().wanted;
    const own = this.ownSeat();
    if (on && own?.muted_by != null) {
      await this.floor.speak();
      this.state.change((state) => ({ ...state, conference: state.conference && withSeat(state.conference, { ...own, muted_by: null }) }));
    }
    await this.capture.setMicrophone(on);
  }

  /** A camera that is turned on says that its picture is wanted more than a spared line. */
  async toggleCamera(): Promise<void> {
    const on = !this.capture.camera.get().wanted;
    if (on && this.sparing.state.get().on) this.sparing.press();
    await this.capture.setCamera(on);
  }

  /** Show a screen, or say of the one that is shown what it is. Call it inside a click. */
  async shareScreen(hint: ScreenHint): Promise<void> {
    await (this.screen.isShared ? this.screen.change(hint) : this.screen.start(hint));
  }

  /** Ask the browser once more for a device it refused or did not have. */
  retryDevice(kind: CaptureKind): Promise<void> {
    return kind === "camera" ? this.capture.setCamera(true) : this.capture.setMicrophone(true);
  }

  async chooseDevice(kind: DeviceKind, id: string | null): Promise<void> {
    this.devices.choose(kind, id);
    if (kind !== "speaker") await this.capture.follow(kind);
  }

  /** A newer snapshot of the conference, from somebody who looked for holes in the events. */
  takeConference(conference: Conference): void {
    const known = this.state.get().conference;
    if (known !== null && (known.id !== conference.id || known.rev > conference.rev)) return;
    if (known !== null && isActive(this.state.get().phase)) this.state.change((state) => ({ ...state, conference }));
  }

  // -- the way to the seat

  private async advance(): Promise<void> {
    if (this.timer === null || this.advancing || this.seated || !isActive(this.state.get().phase) || this.now() < this.retryAtMs) return;
    this.advancing = true;
    try {
      this.mark ??= await claimSeatmark(this.options.conversationId);
      if (this.answered !== null) this.remember(this.answered);
      if (this.mark.conferenceId === null) {
        const asking = conferenceDoors.start(this.options.conversationId);
        // Keeps the page busy, so it comes when the question is on its way.
        void warmUp();
        this.remember((await asking).conference_id);
      }
      if (this.signalling.linkState === "online") await this.join(this.mark);
    } catch (error) {
      await this.onJoinFailed(error);
    } finally {
      this.advancing = false;
    }
  }

  private async join(mark: Seatmark): Promise<void> {
    if (mark.conferenceId === null || !isActive(this.state.get().phase)) return;
    const announced = this.announced();
    const asked = this.log.mark();
    const joined = await this.signalling.command("conference:join", {
      conference_id: mark.conferenceId,
      instance_id: mark.instanceId,
      ...announced,
    });
    performance.mark("centrala.call.joined");
    writeSeatmark(this.options.conversationId, mark);
    const { phase, participantId } = this.state.get();
    if (!isActive(phase)) {
      // The person left while we asked.
      await this.signalling.command("conference:leave", { conference_id: mark.conferenceId }).catch(() => undefined);
      return;
    }
    this.seated = true;
    this.reported = announced;
    this.iceServers = joined.ice_servers;
    this.iceServersAtMs = this.now();
    const sameSeat = participantId === joined.participant_id;
    const conference = this.log.since(asked).reduce((snapshot, update) => this.apply(snapshot, update), joined.conference);
    this.happen("seated", { conference, participantId: joined.participant_id });
    this.obey();
    // One connection after the other: making both at once keeps the page too busy to answer the others' offer.
    const receiving = sameSeat ? this.receive.resume({ refresh: true }) : this.receive.build();
    void Promise.race([receiving, new Promise((resolve) => setTimeout(resolve, RECEIVE_FIRST_MS))]).then(() => {
      if (this.seated) void (sameSeat ? this.publish.resume({ refresh: false }) : this.publish.build());
    });
    this.report();
    this.watching.again();
  }

  private async onJoinFailed(error: unknown): Promise<void> {
    if (this.state.get().participantId === null && this.lettingIn.asksAgain(error, () => void this.advance())) return;
    this.retryAtMs = this.now() + RETRY_MS;
    if (!(error instanceof ApiProblem) || error.isTransient) return;
    const conferenceId = this.mark?.conferenceId;
    const conference = conferenceId == null ? null : await conferenceDoors.read(conferenceId).catch(() => null);
    if (conference?.state === "ended") this.happen("ended", { conference });
    else this.happen("refused", { problem: error });
  }

  /** The server does not know our seat any more: sit down again. */
  private loseSeat(): void {
    this.seated = false;
    void this.advance();
  }

  /** Somebody took our seat away: another tab of ours, which says so itself, or a server that thought we were gone. */
  private onUnseated(participantId: string): void {
    setTimeout(() => {
      const state = this.state.get();
      if (state.phase === "joined" && state.participantId === participantId && this.seated) this.loseSeat();
    }, REPLACED_PATIENCE_MS);
  }

  private remember(conferenceId: string | null): void {
    if (this.mark === null) return;
    this.mark = { ...this.mark, conferenceId };
    writeSeatmark(this.options.conversationId, this.mark);
  }

  // -- what happens to the call

  private listen(): void {
    const { signalling, capture } = this;
    const ours = (conferenceId: string) => conferenceId === this.mark?.conferenceId && isActive(this.state.get().phase);
    const stored = (name: string) => (payload: unknown) => this.onStored(name, payload);
    const onOnline = () => void this.wake();
    window.addEventListener("online", onOnline);
    this.stops = [
      () => window.removeEventListener("online", onOnline),
      signalling.onReady(() => {
        this.retryAtMs = 0;
        this.loseSeat();
      }),
      signalling.onState(() => this.judgeLink()),
      ...STORED.map((name) => signalling.on(name, stored(name))),
      signalling.on("participant:left", (event) => {
        this.onStored("participant:left", event);
        if (event.participant.id === this.state.get().participantId && ours(event.conference_id)) this.onUnseated(event.participant.id);
      }),
      signalling.on("conference:ended", (event) => {
        if (event.conference.id === this.mark?.conferenceId) this.happen("ended", { conference: event.conference });
      }),
      signalling.on("conference:replaced", (event) => {
        if (ours(event.conference_id)) this.happen("replaced");
      }),
      signalling.on("conversation:removed", (event) => {
        if (event.conversation_id === this.options.conversationId) this.happen("refused");
      }),
      ...[this.floor, this.stills].flatMap((one) => one.listen(ours)),
      signalling.on("speaker:changed", (event) => {
        if (ours(event.conference_id)) this.state.change((state) => ({ ...state, speakerId: event.participant_id }));
      }),
      listenToQuality(signalling, this.quality, ours),
      signalling.on("conference:offer", (event) => {
        // An offer that cannot be taken leaves the lines as they were; a restart brings them up to date.
        if (ours(event.conference_id)) void this.receive.current?.take(event).catch(() => this.receive.resume({ refresh: true }));
      }),
      signalling.on("conference:layers", (event) => {
        if (ours(event.conference_id)) void this.publish.current?.keepLayers(event).catch(() => undefined);
      }),
      signalling.on("conference:paused", (event) => {
        if (ours(event.conference_id)) this.receive.current?.pause(event);
      }),
      signalling.on("media:closed", (event) => {
        if (ours(event.conference_id)) void this[event.direction].closedByServer(event.transport_id);
      }),
      ...[capture.microphone, capture.camera, this.effects.noise.sent, this.effects.blur.sent].map((one) => one.subscribe(() => this.onCaptured())),
      ...this.choosing.listen(),
      // A refused or lost request leaves the lines as they are; a restart brings them up to date.
      this.screen.state.subscribe(() => void this.publish.current?.setScreen(this.screen.state.get()).catch(() => this.publish.resume({ refresh: true }))),
      this.received.subscribe(() => {
        this.playback.show(this.received.get());
        this.watching.changed();
      }),
      this.devices.state.subscribe(() => void this.playback.setSpeaker(this.devices.current("speaker")?.id ?? "")),
    ];
  }

  private onStored(name: string, payload: unknown): void {
    const update = parseEvent(name, payload);
    if (update === null) return;
    this.log.add(update);
    this.state.change((state) => {
      const conference = state.conference && this.apply(state.conference, update);
      return conference === state.conference ? state : { ...state, conference };
    });
    this.obey();
  }

  /** What moderators decided of us holds at once here, as it does at the server. */
  private obey(): void {
    const own = this.ownSeat();
    if (own == null) return;
    if (own.muted_by !== null && this.capture.microphone.get().wanted) void this.capture.setMicrophone(false);
    const removal = this.state.get().conference?.removed.find(({ person_id }) => person_id === own.person_id);
    if (removal !== undefined) this.happen("refused", { removedBy: removal.removed_by });
  }

  private ownSeat(): Participant | undefined {
    const { conference, participantId } = this.state.get();
    return conference?.participants.find(({ id }) => id === participantId);
  }

  private apply(conference: Conference, update: Update): Conference {
    return applyToConferences([conference], this.options.conversationId, update).find(({ id }) => id === conference.id) ?? conference;
  }

  private happen(happening: Happening, change: Partial<CallState> = {}): void {
    const { phase } = this.state.get();
    const next = nextPhase(phase, happening);
    if (next === phase && happening !== "seated") return;
    this.state.change((state) => ({ ...state, ...change, phase: next }));
    if (isActive(next)) return;
    this.release();
    // A reload of a finished call's screen must not show that call again, once another one runs.
    if (next !== "replaced" && this.mark !== null) writeSeatmark(this.options.conversationId, { ...this.mark, conferenceId: null });
  }

  private release(): void {
    if (this.seated) this.wanted = { audio: this.capture.microphone.get().wanted, video: this.capture.camera.get().wanted };
    this.seated = false;
    this.reported = null;
    this.unhealthySinceMs = null;
    this.publish.stop();
    this.receive.stop();
    this.received.set(NOTHING_RECEIVED);
    this.playback.stop();
    this.screen.stop();
    this.capture.stop();
  }

  // -- media

  private makePublish(): PublishTransport {
    return new PublishTransport(this.signalling, this.makeSeat(), this.effects.tracks, this.screen.state.get(), () => this.judgeLink());
  }

  private makeReceive(): ReceiveTransport {
    const transport = new ReceiveTransport(this.signalling, this.makeSeat(), () => this.judgeLink());
    this.watching.again();
    // The old transport's last frames stay on the screen until the new one has lines.
    transport.tracks.subscribe(() => {
      if (this.receive.current === transport) this.received.set(transport.tracks.get());
    });
    transport.paused.subscribe(() => {
      if (this.receive.current === transport) this.paused.set(transport.paused.get());
    });
    this.paused.set(NOTHING_PAUSED);
    return transport;
  }

  private makeSeat() {
    return { conferenceId: this.mark?.conferenceId ?? "", iceServers: this.iceServers };
  }

  private onCaptured(): void {
    const transport = this.publish.current;
    for (const source of ["microphone", "camera"] as const) void transport?.setTrack(source, this.effects.tracks[source]).catch(() => undefined);
    this.report();
  }

  private announced(): { audio: boolean; video: boolean } {
    return { audio: isAnnounced(this.capture.microphone.get()), video: isAnnounced(this.capture.camera.get()) };
  }

  /** Tell the others what is on, when that changed. */
  private report(): void {
    const conferenceId = this.mark?.conferenceId;
    const now = this.announced();
    if (!this.seated || conferenceId == null || this.signalling.linkState !== "online") return;
    if (this.reported?.audio === now.audio && this.reported.video === now.video) return;
    this.reported = now;
    this.signalling.command("conference:state", { conference_id: conferenceId, ...now }).catch(() => {
      if (this.reported === now) this.reported = null;
    });
  }

  private async tellWatched(tiles: WatchedTile[]): Promise<boolean> {
    const conferenceId = this.mark?.conferenceId;
    if (!this.seated || conferenceId == null || this.signalling.linkState !== "online") return false;
    return this.signalling.command("conference:watch", { conference_id: conferenceId, tiles }).then(() => true, () => false);
  }

  // -- once a second

  private tick(): void {
    if (!isActive(this.state.get().phase)) return;
    if (this.sleep.tick(this.now())) void this.wake();
    else void this.maintain();
  }

  private async maintain(): Promise<void> {
    this.judgeLink();
    await this.advance();
    if (!this.seated || this.signalling.linkState !== "online") return;
    this.report();
    this.watching.changed();
    this.sparing.tick(this.paused.get());
    if (this.now() - this.iceServersAtMs > ICE_SERVERS_FRESH_MS) {
      this.loseSeat();
      return;
    }
    await Promise.all([this.publish.check(), this.receive.check()]);
  }

  /** The network came back or the computer woke: ask at once whether the socket lives, then look at the media. */
  private async wake(): Promise<void> {
    const conferenceId = this.mark?.conferenceId;
    if (!this.seated || conferenceId == null || !isActive(this.state.get().phase)) return;
    try {
      if (this.signalling.linkState !== "online") {
        this.signalling.renew();
        return;
      }
      await this.signalling.command("conference:state", { conference_id: conferenceId, ...this.announced() }, PROBE_TIMEOUT_MS);
    } catch (error) {
      if (error instanceof ApiProblem && !error.isTransient) this.loseSeat();
      else this.signalling.renew();
      return;
    }
    await Promise.all([this.publish.wake(), this.receive.wake()]);
  }

  private judgeLink(): void {
    const { phase, link } = this.state.get();
    if (phase !== "joined") return;
    const healthy = this.signalling.linkState === "online" && this.publish.isConnected && this.receive.isConnected;
    if (healthy) {
      this.unhealthySinceMs = null;
      this.setLink("connected");
    } else if (link !== "connecting") {
      this.unhealthySinceMs ??= this.now();
      if (this.now() - this.unhealthySinceMs >= UNHEALTHY_SHOWN_MS) this.setLink("reconnecting");
    }
  }

  private setLink(link: CallState["link"]): void {
    this.state.change((state) => (state.link === link ? state : { ...state, link }));
  }
}
