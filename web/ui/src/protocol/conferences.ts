/** Conferences by name, and what a call asks of them. */
import type { components } from "@/protocol/generated/schema";

import { request } from "./rest";

type Schemas = components["schemas"];

export type Participant = Schemas["Participant"];
export type Conference = Schemas["Conference"];
export type ConferenceDoor = Schemas["ConferenceDoor"];
export type IceServer = Schemas["IceServer"];

const id = encodeURIComponent;

export const conferenceDoors = {
  start: (conversation: string) => request<ConferenceDoor>("POST", `conversations/${id(conversation)}/conference`),
  read: (conference: string) => request<Conference>("GET", `conferences/${id(conference)}`),
  end: (conference: string) => request<undefined>("POST", `conferences/${id(conference)}/end`),
  askForFrame: (conference: string, participant: string, ask_id: string) =>
    request<undefined>("POST", `conferences/${id(conference)}/participants/${id(participant)}/frame-asks`, { json: { ask_id } }),
  /** token: a guest's, whose page has no session */
  giveFrame: (conference: string, asked_by: string, ask_id: string, blob: Blob, token?: string) =>
    request<undefined>("POST", `conferences/${id(conference)}/participants/${id(asked_by)}/frames`, { query: { ask_id }, blob, ...(token !== undefined && { token }) }),
  record: (conference: string) => request<Conference>("POST", `conferences/${id(conference)}/recording`),
  stopRecording: (conference: string) => request<Conference>("DELETE", `conferences/${id(conference)}/recording`),
};
