/** The api of the contact centre that agents and supervisors use, by name. */
import type { Messages } from "@/protocol/conversations";
import type { components } from "@/protocol/generated/schema";
import { request } from "@/protocol/rest";

type Schemas = components["schemas"];

export type Templates = Schemas["Templates"];
export type Visit = Schemas["Visit"];
export type Medium = Visit["medium"];
export type VisitorShown = Schemas["VisitorShown"];
export type Named = Schemas["PersonNamed"];
export type Offer = Schemas["Offer"];
export type OfferEnd = Schemas["VisitRingsNoMore"]["reason"];
export type Queue = Schemas["Queue"];
export type VisitDetails = Schemas["VisitDetails"];
export type AgentLine = Schemas["AgentLine"];
export type ProjectLine = Schemas["ProjectLine"];
export type Supervision = Schemas["Supervision"];
export type Supervised = Schemas["Supervised"];
export type SuperviseMode = Schemas["SuperviseBody"]["mode"];
export type Colleagues = Schemas["Colleagues"];

declare module "@/protocol/socketEvents" {
  interface SocketEvents {
    "visit:changed": Schemas["VisitChanged"];
    "offer:made": Schemas["VisitRings"];
    "offer:ended": Schemas["VisitRingsNoMore"];
    "visit:looked": Schemas["VisitLooked"];
  }
  interface SocketCommands {
    "visit:look": [Schemas["VisitReference"], Record<string, never>];
    "visit:leave": [Schemas["VisitReference"], Record<string, never>];
  }
}

const id = encodeURIComponent;
const at = (visit: string, what = "") => `desk/visits/${id(visit)}${what === "" ? "" : `/${what}`}`;

export const api = {
  queue: () => request<Queue>("GET", "desk/queue"),
  visit: (visit: string) => request<VisitDetails>("GET", at(visit)),
  /** What was written, also for those who are not in the conversation yet. */
  messages: (visit: string) => request<Messages>("GET", at(visit, "messages")),
  accept: (visit: string) => request<Visit>("POST", at(visit, "accept")),
  decline: (visit: string) => request<undefined>("POST", at(visit, "decline")),
  ignore: (visit: string) => request<undefined>("POST", at(visit, "ignore")),
  close: (visit: string, result_code: string, note: string) => request<Visit>("POST", at(visit, "close"), { json: { result_code, note } }),
  transfer: (visit: string, body: { agent_id?: string; project_id?: string; note: string }) => request<Visit>("POST", at(visit, "transfer"), { json: body }),
  escalate: (visit: string, medium: Medium) => request<Visit>("POST", at(visit, "escalate"), { json: { medium } }),
  hold: (visit: string, held: boolean) => request<Visit>("POST", at(visit, "hold"), { json: { held } }),
  tag: (visit: string, tags: string[]) => request<Visit>("PUT", at(visit, "tags"), { json: { tags } }),
  name: (visit: string, body: { name: string; email: string; phone: string }) => request<Visit>("PATCH", at(visit, "visitor"), { json: body }),
  makeCase: (visit: string, title: string, person_ids: string[]) => request<Visit>("POST", at(visit, "case"), { json: { title, person_ids } }),
  supervision: () => request<Supervision>("GET", "desk/supervision"),
  listen: (visit: string, mode: SuperviseMode) => request<Supervised>("POST", at(visit, "listen"), { json: { mode } }),
  colleagues: () => request<Colleagues>("GET", "desk/colleagues"),
  templates: () => request<Templates>("GET", "templates", { query: { channel: "chat" } }),
};
