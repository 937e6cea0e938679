/** What the contact centre says to agents: visits, offers and queues. */

export type Medium = "chat" | "audio" | "video";
export type VisitStateName = "waiting" | "offered" | "accepted" | "wrapping" | "closed" | "abandoned" | "message";
export type OfferEnd = "accepted" | "declined" | "ignored" | "expired" | "withdrawn";

export interface Named {
  id: string;
  name: string;
  avatar_url: string | null;
}
export interface VisitorShown {
  id: string;
  name: string;
  email: string;
  phone: string;
  language: "pl" | "en";
  verified: boolean;
  browser: string;
  page_url: string;
  page_title: string;
  page_at_ms: number;
  first_seen_at_ms: number;
}
export interface Visit {
  id: string;
  project_id: string;
  project_name: string;
  medium: Medium;
  state: VisitStateName;
  visitor: VisitorShown;
  agent: Named | null;
  to_agent: Named | null;
  ringing: { offer_id: string; agent: Named; deadline_at_ms: number } | null;
  conversation_id: string;
  team_conversation_id: string;
  conference_id: string | null;
  transferred: boolean;
  held: boolean;
  asked_at_ms: number;
  answered_at_ms: number | null;
  ended_at_ms: number | null;
  page_url: string;
  page_title: string;
  form: { name: string; email: string; phone: string; text: string } | null;
  tags: string[];
  result_code: string;
  result_note: string;
  stars: number | null;
  comment: string;
  case_conversation_id: string | null;
  wrap_until_ms?: number | null;
  version: number;
}
export interface Offer {
  id: string;
  agent_id: string;
  made_at_ms: number;
  deadline_at_ms: number;
  visit: Visit;
}
export interface Queue {
  offers: Offer[];
  visits: Visit[];
  waiting: Visit[];
  messages: Visit[];
  counts: { offers: number; mine: number; waiting: number; messages: number };
  now_ms: number;
  project_ids?: string[];
}
export interface EarlierVisit {
  id: string;
  medium: Medium;
  state: VisitStateName;
  asked_at_ms: number;
  ended_at_ms: number | null;
  agent: Named | null;
  page_url: string;
  result_code: string;
  stars: number | null;
}
export interface VisitChange {
  at_ms: number;
  state: VisitStateName;
  cause: string;
  by: Named | null;
  details: Record<string, unknown>;
}
export interface VisitDetails {
  visit: Visit;
  pages: { url: string; title: string; at_ms: number }[];
  earlier: EarlierVisit[];
  changes: VisitChange[];
  result_codes: string[];
}
export interface AgentLine {
  person_id: string;
  name: string;
  avatar_url: string | null;
  role: string;
  status: string;
  status_at_ms: number;
  present: boolean;
  chats: number;
  calls: number;
  failing: Record<string, string[]>;
}
export interface ProjectLine {
  project_id: string;
  name: string;
  open: boolean;
  live: Record<string, boolean>;
  waiting: number;
  longest_wait_ms: number;
  agents: AgentLine[];
}
export interface Supervision {
  projects: ProjectLine[];
  visits: Visit[];
  now_ms: number;
}
export type SuperviseMode = "listen" | "whisper" | "join" | "leave";
