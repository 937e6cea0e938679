/** Rows for tests: the smallest true ones, changed by what a test names. */
import type { Conference, Participant } from "./conferences";
import type { Conversation, Mark, Member, Message } from "./conversations";

export const ANNA = "anna";
export const BOLEK = "bolek";

export function message(fields: Partial<Message> & { seq: number }): Message {
  return {
    id: `m${fields.seq}`,
    conversation_id: "c1",
    rev: fields.seq,
    kind: "text",
    author: { id: BOLEK, kind: "person", name: "Bolek Nowak", avatar_url: null },
    client_id: null,
    text: `message ${fields.seq}`,
    body: null,
    created_at_ms: 1_000 * fields.seq,
    edited_at_ms: null,
    deleted_at_ms: null,
    ...fields,
  };
}

export function member(person_id: string, fields: Partial<Member> = {}): Member {
  return {
    person_id,
    name: person_id,
    role: "technician",
    group_id: "g1",
    group_name: "Service",
    avatar_url: null,
    joined_at_ms: 0,
    left_at_ms: null,
    rev: 1,
    ...fields,
  };
}

export function mark(person_id: string, fields: Partial<Mark> = {}): Mark {
  return { person_id, read_seq: 0, delivered_seq: 0, unread: 0, rev: 1, ...fields };
}

export function participant(id: string, fields: Partial<Participant> = {}): Participant {
  return { id, person_id: id, name: id, avatar_url: null, guest: false, audio: true, video: true, joined_at_ms: 0, left_at_ms: null, hand_raised_at_ms: null, muted_by: null, ...fields };
}

export function conference(fields: Partial<Conference> = {}): Conference {
  return {
    id: "k1",
    conversation_id: "c1",
    state: "running",
    started_by: { id: BOLEK, kind: "person", name: "Bolek Nowak", avatar_url: null },
    started_at_ms: 5_000,
    ended_at_ms: null,
    participants: [],
    recording: null,
    moderator_id: "anna",
    locked: false,
    speech_locked: false,
    removed: [],
    end_reason: "",
    watchers: [],
    shown: null,
    rev: 1,
    ...fields,
  };
}

/** Anna and Bolek; nothing said yet. */
export function conversation(fields: Partial<Conversation> = {}): Conversation {
  return {
    id: "c1",
    kind: "direct",
    title: "",
    case: null,
    members: [member(ANNA), member(BOLEK)],
    marks: [mark(ANNA), mark(BOLEK)],
    seq: 0,
    rev: 0,
    last_message: null,
    last_activity_at_ms: 0,
    unread: 0,
    mentions: [],
    silent: false,
    conference: null,
    created_at_ms: 0,
    version: 1,
    ...fields,
  };
}
