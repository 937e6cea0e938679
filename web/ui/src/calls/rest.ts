/** The doors of calls, guests and the lobby, and their types by name. */
import type { Board } from "@/boards/rest";
import type { Conference } from "@/protocol/conferences";
import type { components } from "@/protocol/generated/schema";
import type { Language } from "@/protocol/people";
import { request } from "@/protocol/rest";

type Schemas = components["schemas"];

export type ModerationBody = Schemas["ModerationBody"];
export type LineTest = Schemas["LineTest"];
export type LineTestAnswer = Schemas["LineTestAnswer"];
export type GuestLink = Schemas["GuestLink"];
export type GuestLinkCreated = Schemas["GuestLinkCreated"];
export type NewGuestLinkBody = Schemas["NewGuestLinkBody"];
export type Invitation = Schemas["Invitation"];
export type GuestState = Schemas["GuestState"];
export type GuestEntered = Schemas["GuestEntered"];
export type Lobby = Schemas["Lobby"];
export type ConferenceRinging = Schemas["ConferenceRinging"];
export type RingStopped = Schemas["RingStopped"];

declare module "@/protocol/socketEvents" {
  interface SocketEvents {
    "guest:changed": Schemas["GuestEvent"];
    "lobby:changed": Schemas["LobbyEvent"];
    "conference:ringing": Schemas["ConferenceRinging"];
    "ring:stopped": Schemas["RingStopped"];
  }
  interface SocketCommands {
    "conference:decline": [Schemas["ConferenceReference"], Record<string, never>];
  }
}

const id = encodeURIComponent;

export const api = {
  lineTest: {
    describe: () => request<LineTest>("GET", "line-test"),
    open: (sdp: string) => request<LineTestAnswer>("POST", "line-test", { json: { sdp } }),
    end: () => request<undefined>("DELETE", "line-test"),
  },
  lobby: {
    links: (conversation: string) => request<{ items: GuestLink[] }>("GET", `conversations/${id(conversation)}/guest-links`),
    invite: (conversation: string, body: NewGuestLinkBody) =>
      request<GuestLinkCreated>("POST", `conversations/${id(conversation)}/guest-links`, { json: body }),
    revokeLink: (conversation: string, link: string) => request<undefined>("DELETE", `conversations/${id(conversation)}/guest-links/${id(link)}`),
    read: (conversation: string) => request<Lobby>("GET", `conversations/${id(conversation)}/lobby`),
    admitAll: (conversation: string) => request<Lobby>("POST", `conversations/${id(conversation)}/lobby/admit`),
    admit: (conversation: string, guest: string) => request<Lobby>("POST", `conversations/${id(conversation)}/lobby/${id(guest)}/admit`),
    putOut: (conversation: string, guest: string) => request<Lobby>("DELETE", `conversations/${id(conversation)}/lobby/${id(guest)}`),
  },
  /** What a guest's own page asks, with the guest's token. */
  guest: {
    look: (token: string) => request<Invitation>("POST", "guest-links/look", { json: { token } }),
    enter: (token: string, name: string, language: Language) => request<GuestEntered>("POST", "guests", { json: { token, name, language } }),
    read: (token: string) => request<GuestState>("GET", "guest", { token }),
    wait: (token: string) => request<GuestState>("POST", "guest/wait", { token }),
    leave: (token: string) => request<undefined>("DELETE", "guest", { token }),
  },
  conferences: {
    /** A picture of the call as a board before everybody in it. */
    freeze: (conference: string, client_id: string, title: string, blob: Blob) =>
      request<Board>("POST", `conferences/${id(conference)}/frames`, { query: { client_id, title }, blob }),
    freezeGiven: (conference: string, ask_id: string, client_id: string, title: string) =>
      request<Board>("POST", `conferences/${id(conference)}/given-frames/${id(ask_id)}`, { query: { client_id, title } }),
    goLive: (conference: string) => request<Conference>("DELETE", `conferences/${id(conference)}/frame`),
    change: (conference: string, body: ModerationBody) => request<Conference>("PATCH", `conferences/${id(conference)}`, { json: body }),
    muteAll: (conference: string) => request<undefined>("POST", `conferences/${id(conference)}/mute`),
    mute: (conference: string, participant: string) => request<undefined>("PUT", `conferences/${id(conference)}/participants/${id(participant)}/mute`),
    letSpeak: (conference: string, participant: string) => request<undefined>("DELETE", `conferences/${id(conference)}/participants/${id(participant)}/mute`),
    lowerHand: (conference: string, participant: string) => request<undefined>("DELETE", `conferences/${id(conference)}/participants/${id(participant)}/hand`),
    remove: (conference: string, participant: string) => request<Conference>("DELETE", `conferences/${id(conference)}/participants/${id(participant)}`),
    admit: (conference: string, person_id: string) => request<Conference>("POST", `conferences/${id(conference)}/admissions`, { json: { person_id } }),
  },
};
