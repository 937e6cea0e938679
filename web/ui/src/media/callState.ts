/** What a call shows of itself, and what it begins with. */
import type { EffectName } from "@/media/effects/effects";
import type { Conference, Participant } from "@/protocol/conferences";
import type { ApiProblem } from "@/protocol/problem";

import type { Phase } from "./phases";

export interface CallState {
  phase: Phase;
  /** Who is in it, as far as this tab knows; kept after the end. */
  conference: Conference | null;
  /** Our own seat. */
  participantId: string | null;
  /** connecting until media flowed once; reconnecting when it or the socket is lost. */
  link: "connecting" | "connected" | "reconnecting";
  speakerId: string | null;
  /** Why the server said no. */
  problem: ApiProblem | null;
  /** The person who put us out of the call. */
  removedBy: string | null;
}

export interface CallOptions {
  conversationId: string;
  /** Join this one and never start another: the person answered a ring. */
  conferenceId: string | null;
  /** The answer that lets the person in is under way: until it is stored, the server knows no such call of theirs. */
  answering?: boolean;
  audio: boolean;
  video: boolean;
  /** Effects that are on from the beginning; left out: those of this tab, or of the last call. The person has just tried their devices, then. */
  effects?: readonly EffectName[];
  /** Under which name the tab keeps what is chosen, also after the call; left out: the conversation's, as long as the call lasts. */
  choicesName?: string;
  /** Of a guest, whose page has no session to ask with. */
  guestToken?: string;
}

export const FRESH: CallState = { phase: "starting", conference: null, participantId: null, link: "connecting", speakerId: null, problem: null, removedBy: null };

/** A conference with a seat as we know it to be, before the event that says so. */
export function withSeat(conference: Conference, seat: Participant): Conference {
  return { ...conference, participants: conference.participants.map((row) => (row.id === seat.id ? seat : row)) };
}
