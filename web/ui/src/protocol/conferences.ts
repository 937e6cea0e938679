/** Conferences as they were fetched, kept true by updates. */
import type { Conference } from "./types";
import type { Update } from "./updates";

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
