/**
 * One visitor at one widget: who they are, what they asked for, and where that stands.
 *
 * How it works: nobody is known to the server until the first message, call or left message goes out. From there the server's
 * VisitState is the truth, told by `visit:stands` and asked for at every new connection. What was written before the
 * questions were answered is kept, and goes out with the answers.
 */
import { newId } from "@/protocol/newId";
import { Observable } from "@/protocol/observable";
import { ApiProblem } from "@/protocol/problem";
import { authorize } from "@/protocol/rest";
import { openWire, SocketLink, type LinkState } from "@/protocol/socket";

import type { HostPage, Params } from "../loader/protocol";
import { Cupboard, subjectOf, type Pending } from "./kept";
import { nextQuestion, type Question } from "./questions";
import { doors, isOpen, type Answers, type LeftMessage, type Medium, type VisitState, type Visitor, type WidgetConfig } from "./rest";
import { Talk } from "./talk";
import { currentLanguage } from "./words";

/** How often somebody without a visit learns whether an agent is there. */
const LOOK_EVERY_MS = 20_000;
const RETRY_MS = 4_000;

export interface VisitorState {
  /** null until the server told it. */
  config: WidgetConfig | null;
  /** The server cannot be reached, or does not know this widget. */
  problem: ApiProblem | null;
  visitor: Visitor | null;
  visit: VisitState | null;
  pending: Pending | null;
  question: Question;
  asking: boolean;
  /** Why asking did not work. */
  refusal: ApiProblem | null;
  /** The visitor chose to leave a message, or nobody is there. */
  form: boolean;
  /** The left message is stored. */
  left: boolean;
  line: LinkState;
  talk: Talk | null;
}

const FRESH: VisitorState = {
  config: null, problem: null, visitor: null, visit: null, pending: null, question: "none", asking: false,
  refusal: null, form: false, left: false, line: "offline", talk: null,
}; // prettier-ignore

export class Visit {
  readonly state = new Observable<VisitorState>(FRESH);
  private cupboard: Cupboard;
  private link: SocketLink | null = null;
  private token: string | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;
  private toldPage = "";
  private handed: string | null = null;
  /** The visit whose end was read: what still happens to it is the agent's. */
  private over = "";

  constructor(
    readonly key: string,
    private readonly page: () => HostPage,
    private params: Params,
  ) {
    this.cupboard = new Cupboard(key, subjectOf(params.identity));
  }

  get socket(): SocketLink | null {
    return this.link;
  }

  get credential(): string | null {
    return this.token;
  }

  async start(): Promise<void> {
    try {
      const config = await doors.config(this.key);
      await this.comeBack();
      const pending = this.handed === null ? this.cupboard.pending : null;
      this.change({ config, problem: null, pending, question: pending === null ? "none" : this.questionOf(pending, config, this.known) });
      this.judge();
    } catch (error) {
      const problem = error instanceof ApiProblem ? error : new ApiProblem("network.broken", 0, "");
      this.change({ problem });
      if (problem.isTransient) setTimeout(() => void this.start(), RETRY_MS);
      return;
    }
    this.timer ??= setInterval(() => void this.lookAround(), LOOK_EVERY_MS);
  }

  /** In a window of its own: as the visitor of the frame that opened it. */
  resume(token: string): void {
    this.handed = token;
  }

  /** The site says who this is, later than with its snippet; what goes on is ended first as whoever began it. */
  identify(identity: string): void {
    this.params = { ...this.params, identity };
    void this.turnTo();
  }

  /** What is known of the visitor without their saying it here. */
  get known(): Answers {
    const { visitor } = this.state.get();
    return { name: visitor?.name || this.params.name || "", email: visitor?.email || this.params.email || "" };
  }

  /** Ask for an agent, by text or by voice; what has to be asked of the visitor comes first. */
  ask(medium: Medium, text: string): void {
    this.setPending({ client_id: newId(), medium, text, consent: "" });
    void this.goOn();
  }

  async consent(yes: boolean): Promise<void> {
    const { pending } = this.state.get();
    if (pending === null) return;
    this.setPending({ ...pending, consent: yes ? "yes" : "no" });
    await this.goOn();
  }

  async answer(answers: Answers): Promise<void> {
    await this.goOn(answers);
  }

  /** The visitor thinks again. */
  giveUp(): void {
    this.setPending(null);
    this.change({ question: "none", refusal: null });
  }

  /** Raises ApiProblem. */
  async escalate(medium: Medium): Promise<void> {
    const { visit } = this.state.get();
    if (visit === null || (visit.medium === medium && visit.calling === null && visit.conference_id !== null)) return;
    this.change({ refusal: null });
    try {
      this.take(await (visit.medium === medium && visit.calling === null ? doors.call(visit.id) : doors.escalate(visit.id, medium)));
    } catch (error) {
      this.change({ refusal: error instanceof ApiProblem ? error : new ApiProblem("network.broken", 0, "") });
      throw error;
    }
  }

  /** See to it that there is a call to come back to; raises ApiProblem. */
  async comeToCall(): Promise<void> {
    const { visit } = this.state.get();
    if (visit !== null) this.take(await doors.call(visit.id));
  }

  /** Raises ApiProblem. */
  async leaveMessage(message: Omit<LeftMessage, "page" | "language">): Promise<void> {
    await doors.leaveMessage(this.key, { ...message, language: currentLanguage(), page: this.page() });
    this.setPending(null);
    this.change({ left: true, question: "none" });
    if (this.token !== null) await this.refresh();
  }

  openForm(): void {
    this.change({ form: true, left: false });
  }

  closeForm(): void {
    this.change({ form: false, left: false });
  }

  /** Raises ApiProblem. */
  async leave(): Promise<void> {
    const { visit } = this.state.get();
    if (visit === null) return;
    await doors.leave(visit.id);
    await this.refresh();
  }

  async rate(stars: number, comment: string): Promise<void> {
    const { visit } = this.state.get();
    if (visit === null) return;
    await doors.rate(visit.id, stars, comment);
    this.change({ visit: { ...visit, rated: true } });
  }

  async mailTranscript(email: string): Promise<void> {
    const { visit } = this.state.get();
    if (visit !== null) await doors.transcript(visit.id, email);
  }

  /** After the end: the same visitor, another visit. */
  beginAnew(): void {
    const { talk, visit } = this.state.get();
    talk?.stop();
    if (visit !== null && !isOpen(visit)) this.over = visit.id;
    this.change({ visit: null, talk: null, form: false, left: false, refusal: null });
    void this.turnTo();
    void this.lookAround();
  }

  /** The visitor moved on to another page of the site. */
  onPage(page: HostPage): void {
    const text = JSON.stringify(page);
    if (this.token === null || text === this.toldPage) return;
    this.toldPage = text;
    doors.onPage(page).catch(() => (this.toldPage = ""));
  }

  // -- asking

  private async goOn(answers?: Answers): Promise<void> {
    const { pending, config, asking } = this.state.get();
    if (pending === null || config === null || asking) return;
    const given = answers ?? this.known;
    const question = this.questionOf(pending, config, given);
    const { name, email } = given;
    this.change({ question, refusal: null });
    if (question !== "none") return;
    this.change({ asking: true });
    try {
      await this.enter();
      this.take(
        await doors.ask({
          client_id: pending.client_id,
          medium: pending.medium,
          language: currentLanguage(),
          consent: pending.consent,
          ...(pending.text !== "" && { text: pending.text }),
          ...(name !== "" || email !== "" ? { answers: { name, email } } : {}),
        }),
      );
      this.setPending(null);
    } catch (error) {
      await this.onRefused(error, pending);
    } finally {
      this.change({ asking: false });
    }
  }

  private questionOf({ consent }: Pending, { ask_data: ask, require_data: require }: WidgetConfig, { name, email }: Answers): Question {
    return nextQuestion({ ask, require, consent, given: name !== "" && email !== "" });
  }

  private async onRefused(error: unknown, pending: Pending): Promise<void> {
    const refusal = error instanceof ApiProblem ? error : new ApiProblem("network.broken", 0, "");
    if (refusal.code === "desk.data_required") {
      this.setPending({ ...pending, consent: "no" });
      this.change({ question: "required" });
    } else if (refusal.code === "desk.closed_medium") this.change({ form: true });
    else if (refusal.code === "desk.visit_open") {
      this.setPending(null);
      await this.refresh();
      const { talk } = this.state.get();
      if (pending.text !== "") talk?.write(pending.text);
      await this.escalate(pending.medium).catch(() => undefined);
    } else if (refusal.status === 401) {
      this.forget();
      await this.goOn();
    } else this.change({ refusal });
  }

  private async enter(): Promise<void> {
    if (this.token !== null) return;
    const { identity } = this.params;
    const browser = navigator.userAgent.slice(0, 400);
    const { token, visitor } = await doors.enter(this.key, { language: currentLanguage(), page: this.page(), browser, ...(identity !== undefined && { identity }) });
    this.cupboard.visitor = { token, visitor_id: visitor.id };
    this.open(token, visitor);
  }

  // -- where it stands

  /** Be whom the site names now, unless something goes on. */
  private async turnTo(): Promise<void> {
    const subject = subjectOf(this.params.identity);
    const { visit, talk, asking, config } = this.state.get();
    if (subject === this.cupboard.subject || this.handed !== null || asking || (visit !== null && isOpen(visit))) return;
    talk?.stop();
    this.disconnect();
    this.cupboard = new Cupboard(this.key, subject);
    this.token = null;
    authorize(null);
    this.change({ visitor: null, visit: null, talk: null, line: "offline" });
    if (config !== null) await this.comeBack().catch(() => undefined);
  }

  private async comeBack(): Promise<void> {
    const token = this.handed ?? this.cupboard.visitor?.token;
    if (token === undefined || this.token !== null) return;
    authorize(token);
    try {
      const { visitor, visit } = await doors.home();
      if (this.handed === null && this.cupboard.subject !== "" && !visitor.verified && (visit === null || !isOpen(visit))) {
        // The site's word was not good then; it may be now.
        this.forget();
        return;
      }
      this.open(token, visitor);
      if (visit !== null && (isOpen(visit) || visit.state === "wrapping")) this.take(visit);
      if (this.handed === null) this.onPage(this.page());
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
      this.forget();
    }
  }

  private open(token: string, visitor: Visitor): void {
    this.token = token;
    authorize(token);
    this.change({ visitor });
  }

  private forget(): void {
    this.token = null;
    authorize(null);
    this.cupboard.visitor = null;
    this.disconnect();
    this.change({ visitor: null });
  }

  private connect(): void {
    if (this.link !== null || this.token === null) return;
    const link = new SocketLink(openWire(this.token));
    this.link = link;
    link.onState((line) => this.change({ line }));
    link.onReady(() => void this.refresh());
    link.onAny((name, payload) => {
      if (name === "visit:stands") this.take((payload as { visit: VisitState }).visit);
    });
    link.open();
  }

  private disconnect(): void {
    this.link?.close();
    this.link = null;
  }

  private take(visit: VisitState): void {
    const { visit: known, talk, visitor } = this.state.get();
    if (visit.id === this.over) return;
    if (known !== null && known.id === visit.id && known.version > visit.version) return;
    if (known !== null && known.id !== visit.id && known.asked_at_ms > visit.asked_at_ms) return;
    this.connect();
    let next = talk;
    if (talk?.conversationId !== visit.conversation_id && this.link !== null && this.token !== null && visitor !== null) {
      talk?.stop();
      next = new Talk(visit.conversation_id, visitor.id, this.token, this.link, this.cupboard.storage);
    }
    this.change({ visit, talk: next, question: "none" });
    this.judge();
  }

  private async refresh(): Promise<void> {
    try {
      const visit = await doors.look();
      if (visit !== null) this.take(visit);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) this.forget();
    }
  }

  private async lookAround(): Promise<void> {
    const { visit } = this.state.get();
    if (visit !== null && isOpen(visit)) return;
    const config = await doors.config(this.key).catch(() => null);
    if (config === null) return;
    this.change({ config });
    this.judge();
  }

  /** Nobody is there, and nothing was begun: the form comes by itself. */
  private judge(): void {
    const { config, visit, left } = this.state.get();
    if (visit?.reason === "nobody" && isOpen(visit)) this.change({ form: !left || this.state.get().form });
    else if (config !== null && visit === null && !config.live.chat && !left) this.change({ form: true });
  }

  private setPending(pending: Pending | null): void {
    this.cupboard.pending = pending;
    this.change({ pending });
  }

  private change(fields: Partial<VisitorState>): void {
    this.state.change((state) => ({ ...state, ...fields }));
  }
}
