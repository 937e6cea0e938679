/** What stored events, and the rows of `changes?after=REV`, say of conversations: one change each. */
import type { Conference, Conversation, ConversationHead, Mark, Member, Message, Participant, Person, SocketEvents } from "./types";

export type Update =
  | { type: "message"; conversation_id: string; rev: number; message: Message }
  | { type: "member"; conversation_id: string; rev: number; member: Member; mark?: Mark | null }
  | { type: "mark"; conversation_id: string; rev: number; mark: Mark }
  | { type: "conversation"; conversation_id: string; rev: number; head: ConversationHead }
  | { type: "conference"; conversation_id: string; rev: number; conference: Conference }
  | { type: "participant"; conversation_id: string; rev: number; conference_id: string; participant: Participant }
  | { type: "conversation added"; conversation: Conversation }
  | { type: "conversation removed"; conversation_id: string }
  | { type: "conversation silenced"; conversation_id: string; silent: boolean }
  | { type: "person"; person: Person };

/** Turn a socket event about stored data into an update; null for the ephemeral ones. */
export function parseEvent(name: string, payload: unknown): Update | null {
  switch (name) {
    case "message:posted":
    case "message:edited":
    case "message:deleted":
    case "message:reacted":
    case "message:pinned":
    case "message:unpinned":
      return { type: "message", ...(payload as SocketEvents["message:posted"]) };
    case "member:added":
    case "member:removed":
      return { type: "member", ...(payload as SocketEvents["member:added"]) };
    case "mark:moved":
      return { type: "mark", ...(payload as SocketEvents["mark:moved"]) };
    case "conversation:changed": {
      const { conversation_id, rev, conversation } = payload as SocketEvents["conversation:changed"];
      return { type: "conversation", conversation_id, rev, head: conversation };
    }
    case "conference:started":
    case "conference:changed":
    case "conference:ended":
    case "recording:started":
    case "recording:stopped":
      return { type: "conference", ...(payload as SocketEvents["conference:started"]) };
    case "participant:joined":
    case "participant:left":
    case "participant:changed":
      return { type: "participant", ...(payload as SocketEvents["participant:joined"]) };
    case "conversation:added":
      return { type: "conversation added", ...(payload as SocketEvents["conversation:added"]) };
    case "conversation:removed":
      return { type: "conversation removed", ...(payload as SocketEvents["conversation:removed"]) };
    case "conversation:silenced":
      return { type: "conversation silenced", ...(payload as SocketEvents["conversation:silenced"]) };
    case "person:changed":
      return { type: "person", ...(payload as SocketEvents["person:changed"]) };
    default:
      return null;
  }
}
