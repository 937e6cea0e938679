/** The doors of the contact centre that agents and supervisors use, by name. */
import type { Colleagues, Medium, Queue, Supervised, SuperviseMode, Supervision, Visit, VisitDetails } from "@/protocol/deskTypes";
import { request } from "@/protocol/rest";
import type { Messages, Templates } from "@/protocol/types";

const id = encodeURIComponent;
const at = (visit: string, what = "") => `desk/visits/${id(visit)}${what === "" ? "" : `/${what}`}`;

export const doors = {
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
