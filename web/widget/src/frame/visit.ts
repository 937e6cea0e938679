// long: who the visitor is and where the visit stands are one state, and each answer is for one of both
/**
 * One visitor at one widget: who they are, what they asked for, and where that stands.
 *
 * How it works: nobody is known to the server until the first message, call or left message goes out. From there the server's
 * VisitState is the truth, told by `visit:stands` and asked for at every new connection. What was written before the
 * questions were answered is kept, and goes out with the answers.
 *
 * Whoever the site names now is the visitor: at another name, or none, everything of the one before leaves at once, and no
 * answer that was on its way for them is taken (`era`). What the browser kept of somebody is opened to those alone whom the
 * server finds proved. Tabs of one browser share a drawer: one of them enters, and the others follow what it stored.
 */
import { newId } from "@/protocol/newId";
import { Observable } from "@/protocol/observable";
import { ApiProblem } from "@/protocol/problem";
import { authorize } from "@/protocol/rest";
import { openWire, SocketLink } from "@/protocol/socket";

import type { HostPage, Params } from "../loader/protocol";
import { alone, Turned } from "./alone";
import { Cupboard, noteSubject, SUBJECT_PLACE, subjectOf, type Pending } from "./kept";
import { nextQuestion, type Question } from "./questions";
import { doors, isOpen, type Answers, type LeftMessage, type Medium, type VisitState, type Visitor, type WidgetConfig } from "./rest";
import { Talk } from "./talk";
import { FRESH, type VisitorState } from "./visitorState";
import { currentLanguage } from "./words";

/** How often somebody without a visit learns whether an agent is there. */
const LOOK_EVERY_MS = 20_000;
const RETRY_MS = 4_000;

export class Visit {
  readonly state = new Observable<VisitorState>(FRESH);
  /** What stands in the field and is not sent. */
  draft = "";
  private cupboard: Cupboard;
  private subject: string;
  private era = 0;
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
    this.subject = subjectOf(params.identity);
    this.cupboard = new Cupboard(key, this.subject);
    window.addEventListener("storage", (event) => this.onStored(event));
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
      if (this.handed === null) noteSubject(this.key, this.subject);
      await this.arrive(config);
    } catch (error) {
      if (error instanceof Turned) {
        await this.start();
        return;
      }
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

  /**
   * The site says who this is, later than with its snippet.
   *
   * Who was nobody to the site may end what goes on, and is the one it names from then on; from one name to another, or to none,
   * nothing stays. forget: nor what somebody without a name wrote.
   */
  identify(identity: string, forget = false): void {
    if (this.handed !== null) return;
    const before = this.subject === "" ? subjectOf(this.params.identity) : this.subject;
    const subject = subjectOf(identity);
    if (forget || (before !== "" && subject !== before)) {
      this.params = { identity };
      // A conversation begun before the site knew a name lies with those of nobody: it is not the next one's.
      if (forget || subject === "" || this.subject === "") this.empty();
      noteSubject(this.key, subject, true);
      this.turnInto(subject);
    } else {
      this.params = { ...this.params, identity };
      this.turnTo();
    }
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
      this.take(await this.own(visit.medium === medium && visit.calling === null ? doors.call(visit.id) : doors.escalate(visit.id, medium)));
    } catch (error) {
      if (error instanceof Turned) throw error;
      this.change({ refusal: error instanceof ApiProblem ? error : new ApiProblem("network.broken", 0, "") });
      throw error;
    }
  }

  /** See to it that there is a call to come back to; raises ApiProblem. */
  async comeToCall(): Promise<void> {
    const { visit } = this.state.get();
    if (visit !== null) this.take(await this.own(doors.call(visit.id)));
  }

  /** Raises ApiProblem. */
  async leaveMessage(message: Omit<LeftMessage, "page" | "language">): Promise<void> {
    await this.own(doors.leaveMessage(this.key, { ...message, language: currentLanguage(), page: this.page() }));
    this.setPending(null);
    this.draft = "";
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
    await this.own(doors.leave(visit.id));
    await this.refresh();
  }

  async rate(stars: number, comment: string): Promise<void> {
    const { visit } = this.state.get();
    if (visit === null) return;
    await this.own(doors.rate(visit.id, stars, comment));
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
    this.turnTo();
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
    const { era } = this;
    try {
      await this.enter();
      this.take(
        await this.own(
          doors.ask({
            client_id: pending.client_id,
            medium: pending.medium,
            language: currentLanguage(),
            consent: pending.consent,
            ...(pending.text !== "" && { text: pending.text }),
            ...(name !== "" || email !== "" ? { answers: { name, email } } : {}),
          }),
        ),
      );
      this.setPending(null);
    } catch (error) {
      if (!(error instanceof Turned)) await this.onRefused(error, pending);
    } finally {
      if (era === this.era) this.change({ asking: false });
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

  /** Become known to the server; in one tab of the browser, and the others are the same visitor. */
  private async enter(): Promise<void> {
    if (this.token !== null) return;
    const { era } = this;
    await alone(`centrala.enter.${this.key}.${this.subject}`, async () => {
      if (era !== this.era) throw new Turned();
      await this.comeBack();
      if (this.token !== null) return;
      const { identity } = this.params;
      const browser = navigator.userAgent.slice(0, 400);
      const said = { language: currentLanguage(), page: this.page(), browser, ...(this.subject !== "" && { identity }) };
      const { token, visitor } = await this.own(doors.enter(this.key, said));
      if (this.subject !== "" && !visitor.verified) this.cupboard = this.cupboard.moved(`${this.subject}?`);
      this.cupboard.visitor = { token, visitor_id: visitor.id };
      this.open(token, visitor);
    });
  }

  // -- where it stands

  /** Be whom the site names now, unless something goes on. */
  private turnTo(): void {
    const subject = subjectOf(this.params.identity);
    const { visit, asking } = this.state.get();
    if (subject === this.subject || this.handed !== null || asking || (visit !== null && isOpen(visit))) return;
    const { draft } = this;
    noteSubject(this.key, subject);
    this.turnInto(subject);
    this.draft = draft;
  }

  /** Put away everything of whoever was here. */
  private turnInto(subject: string): void {
    const { visit, talk, config } = this.state.get();
    // A call would go on in its window; it ends as theirs who began it, and the request takes their credential along.
    if (visit !== null && isOpen(visit) && (visit.medium !== "chat" || visit.conference_id !== null || visit.calling !== null)) doors.leave(visit.id).catch(() => undefined);
    talk?.stop();
    this.disconnect();
    this.era += 1;
    this.subject = subject;
    this.cupboard = new Cupboard(this.key, subject);
    this.token = null;
    this.draft = this.toldPage = this.over = "";
    authorize(null);
    this.change({ ...FRESH, config, era: this.era });
    if (config !== null) this.arrive(config).catch(() => undefined);
  }

  /** Nobody's drawer is emptied, and what goes on in it ends: no one could come back to it. */
  private empty(): void {
    const { visit } = this.state.get();
    if (this.subject === "" && visit !== null && isOpen(visit)) doors.leave(visit.id).catch(() => undefined);
    const drawer = new Cupboard(this.key);
    drawer.visitor = null;
    drawer.pending = null;
  }

  /** Another tab of this browser stored something. */
  private onStored({ key, newValue }: StorageEvent): void {
    if (this.handed !== null || key === null) return;
    if (key === SUBJECT_PLACE(this.key)) {
      if (this.subject === "" || newValue === this.subject) return;
      this.params = {};
      this.turnInto("");
    } else if (key === this.cupboard.place("visitor") && newValue === null) {
      if (this.token !== null) this.turnInto(this.subject);
    } else if (key === this.cupboard.place("visit") && !this.state.get().asking) {
      (this.token === null ? this.comeBack() : this.refresh()).catch(() => undefined);
    }
  }

  private async arrive(config: WidgetConfig): Promise<void> {
    await this.comeBack();
    const pending = this.handed === null ? this.cupboard.pending : null;
    this.change({ config, problem: null, pending, question: pending === null ? "none" : this.questionOf(pending, config, this.known) });
    this.judge();
  }

  private async comeBack(): Promise<void> {
    if (this.token !== null) return;
    if (this.handed !== null) {
      await this.comeBackWith(this.handed);
      return;
    }
    const own = this.cupboard.visitor?.token;
    if (own !== undefined && (await this.comeBackWith(own))) return;
    if (this.subject === "") return;
    // What somebody wrote who said that name and was not proved lies apart.
    const claimed = new Cupboard(this.key, `${this.subject}?`);
    const token = claimed.visitor?.token;
    if (token === undefined) return;
    this.cupboard = claimed;
    if (await this.comeBackWith(token)) return;
    this.cupboard = new Cupboard(this.key, this.subject);
  }

  /** returns  whether the visitor is the one whose token it is */
  private async comeBackWith(token: string): Promise<boolean> {
    authorize(token);
    try {
      const { visitor, visit } = await this.own(doors.home());
      if (this.handed === null && this.subject !== "") {
        if (visitor.verified && !(await this.own(doors.prove(this.params.identity ?? ""))).proved) {
          authorize(null);
          return false;
        }
        if (!visitor.verified && (visit === null || !isOpen(visit))) {
          // The site's word was not good then; it may be now.
          this.forget();
          return false;
        }
      }
      this.open(token, visitor);
      if (visit !== null && (isOpen(visit) || visit.state === "wrapping")) this.take(visit);
      if (this.handed === null) this.onPage(this.page());
      return true;
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
      this.forget();
      return false;
    }
  }

  /** An answer to whoever asked; raises Turned when the visitor is somebody else by now, whatever it is. */
  private async own<T>(answer: Promise<T>): Promise<T> {
    const { era } = this;
    const [done] = await Promise.allSettled([answer]);
    if (era !== this.era) throw new Turned();
    if (done.status === "rejected") throw done.reason;
    return done.value;
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
    link.onState((line) => this.link === link && this.change({ line }));
    link.onReady(() => void this.refresh());
    link.onAny((name, payload) => {
      if (this.link === link && name === "visit:stands") this.take((payload as { visit: VisitState }).visit);
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
    if (this.handed === null && isOpen(visit)) this.cupboard.noteVisit(visit.id);
    this.judge();
  }

  private async refresh(): Promise<void> {
    try {
      const visit = await this.own(doors.look());
      if (visit !== null) this.take(visit);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) this.forget();
    }
  }

  private async lookAround(): Promise<void> {
    const { visit } = this.state.get();
    if (visit !== null && isOpen(visit)) return;
    const config = await doors.config(this.key).catch(() => null);
    if (config === null || this.state.get().config === null) return;
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
