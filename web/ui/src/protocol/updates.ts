/** What stored events, and the rows of `changes?after=REV`, say of conversations: one change each; and those of conferences put into them. */
import type { Conference, Participant } from "./conferences";
import type { Conversation, ConversationHead, Mark, Member, Message } from "./conversations";
import type { Person } from "./people";
import type { SocketEvents } from "./socketEvents";

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

/** Put who came, went or changed into the conference; an older update changes nothing. */
export function applyParticipant(conference: Conference | null, update: Extract<Update, { type: "participant" }>): Conference | null {
  if (conference?.id !== update.conference_id || conference.rev > update.rev) return conference;
  const others = conference.participants.filter((row) => row.id !== update.participant.id);
  const here = update.participant.left_at_ms === null;
  let participants = others;
  if (here && others.length < conference.participants.length) {
    participants = conference.participants.map((row) => (row.id === update.participant.id ? update.participant : row));
  } else if (here) participants = [...others, update.participant];
  return { ...conference, participants, rev: update.rev };
}

/** Put an update into the conferences of a conversation, newest first. */
export function applyToConferences(calls: readonly Conference[], conversationId: string, update: Update): readonly Conference[] {
  if (update.type === "participant" && update.conversation_id === conversationId) {
    const next = calls.map((call) => applyParticipant(call, update) ?? call);
    return next.some((call, index) => call !== calls[index]) ? next : calls;
  }
  if (update.type !== "conference" || update.conversation_id !== conversationId) return calls;
  const old = calls.find((call) => call.id === update.conference.id);
  if (old === undefined) return [update.conference, ...calls].sort((a, b) => b.started_at_ms - a.started_at_ms);
  return old.rev >= update.conference.rev ? calls : calls.map((call) => (call === old ? update.conference : call));
}
