/** The doors of visitors, and what they say. */
import type { Language } from "@/protocol/generated/languages";
import { request } from "@/protocol/rest";

import type { Corner, Trigger } from "../loader/config";
import type { HostPage } from "../loader/protocol";

export type Medium = "chat" | "audio" | "video";

export interface Agent {
  name: string;
  avatar_url: string | null;
  position?: string;
}

export interface WidgetTexts {
  title: string;
  welcome: string;
  away: string;
}

export interface WidgetConfig {
  organisation: string;
  project_id: string;
  colour: string;
  corner: Corner;
  texts: Partial<Record<Language, WidgetTexts>>;
  logo_url: string | null;
  agent: Agent | null;
  /** What somebody would answer now. */
  live: Record<Medium, boolean>;
  ask_data: boolean;
  require_data: boolean;
  triggers: Trigger[];
  privacy_url: string;
  may_be_heard: boolean;
}

export interface VisitState {
  id: string;
  project_id: string;
  medium: Medium;
  state: "waiting" | "offered" | "accepted" | "wrapping" | "closed" | "abandoned" | "message";
  place: number | null;
  expected_wait_s: number | null;
  agent: Agent | null;
  /** No page of the agent's is open. */
  agent_away: boolean;
  conversation_id: string;
  conference_id: string | null;
  reason: "" | "busy" | "nobody";
  voice: "ring" | "hold" | "voicemail" | null;
  /** The visitor calls the agent who has the chat, who has not answered that yet. */
  calling: Medium | null;
  handed_over: boolean;
  held: boolean;
  rated: boolean;
  asked_at_ms: number;
  version: number;
}

export interface Visitor {
  id: string;
  name: string;
  email: string;
  phone: string;
  language: Language;
  verified: boolean;
}

export interface Answers {
  name: string;
  email: string;
}

export interface NewVisit {
  client_id: string;
  medium: Medium;
  language: Language;
  text?: string;
  consent: "" | "yes" | "no";
  answers?: Answers;
}

export interface LeftMessage {
  client_id: string;
  name: string;
  email: string;
  phone: string;
  text: string;
  language: Language;
  page?: HostPage;
}

export interface NewVisitor {
  language: Language;
  page: HostPage;
  browser: string;
  identity?: string;
}

const id = encodeURIComponent;
const visit = (one: string, door: string) => `visitor/visits/${id(one)}/${door}`;

export const doors = {
  config: (key: string) => request<WidgetConfig>("GET", `widget/${id(key)}/config`),
  enter: (key: string, body: NewVisitor) => request<{ token: string; visitor: Visitor }>("POST", `widget/${id(key)}/visitors`, { json: body }),
  leaveMessage: (key: string, body: LeftMessage) => request<{ visit_id: string }>("POST", `widget/${id(key)}/messages`, { json: body }),
  /** Whether a signed identity is this visitor's. */
  prove: (identity: string) => request<{ proved: boolean }>("POST", "visitor/identity", { json: { identity } }),
  home: () => request<{ visitor: Visitor; visit: VisitState | null }>("GET", "visitor"),
  change: (body: Partial<Answers>) => request<Visitor>("PATCH", "visitor", { json: body }),
  onPage: (page: HostPage) => request<unknown>("POST", "visitor/pages", { json: page }),
  ask: (body: NewVisit) => request<VisitState>("POST", "visitor/visits", { json: body }),
  look: () => request<VisitState | null>("GET", "visitor/visit"),
  escalate: (one: string, medium: Medium) => request<VisitState>("POST", visit(one, "escalate"), { json: { medium } }),
  call: (one: string) => request<VisitState>("POST", visit(one, "call")),
  leave: (one: string) => request<unknown>("POST", visit(one, "leave")),
  rate: (one: string, stars: number, comment: string) => request<unknown>("POST", visit(one, "rating"), { json: { stars, comment } }),
  transcript: (one: string, email: string) => request<unknown>("POST", visit(one, "transcript"), { json: { email } }),
};

const OPEN: ReadonlySet<VisitState["state"]> = new Set(["waiting", "offered", "accepted"]);

/** Whether it goes on: somebody has it, or will. */
export function isOpen(state: VisitState): boolean {
  return OPEN.has(state.state);
}
