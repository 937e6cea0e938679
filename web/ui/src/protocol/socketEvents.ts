/**
 * The socket's events and commands by name.
 *
 * Here are those of the protocol and of a call's media; a feature adds its own in its `rest.ts` by declaring them into this
 * module.
 */
import type { components } from "@/protocol/generated/schema";

type Schemas = components["schemas"];

/** What the server tells, by event name. */
export interface SocketEvents {
  "message:posted": Schemas["MessageEvent"];
  "message:edited": Schemas["MessageEvent"];
  "message:deleted": Schemas["MessageEvent"];
  "message:reacted": Schemas["MessageEvent"];
  "message:pinned": Schemas["MessageEvent"];
  "message:unpinned": Schemas["MessageEvent"];
  "member:added": Schemas["MemberEvent"];
  "member:removed": Schemas["MemberEvent"];
  "mark:moved": Schemas["MarkEvent"];
  "conversation:changed": Schemas["HeadEvent"];
  "conversation:added": Schemas["ConversationAdded"];
  "conversation:removed": Schemas["ConversationRemoved"];
  "conversation:silenced": Schemas["ConversationSilenced"];
  "conference:started": Schemas["ConferenceEvent"];
  "conference:ended": Schemas["ConferenceEvent"];
  "conference:changed": Schemas["ConferenceEvent"];
  "recording:started": Schemas["ConferenceEvent"];
  "recording:stopped": Schemas["ConferenceEvent"];
  "participant:joined": Schemas["ParticipantEvent"];
  "participant:left": Schemas["ParticipantEvent"];
  "participant:changed": Schemas["ParticipantEvent"];
  "person:changed": Schemas["PersonEvent"];
  "session:revoked": Schemas["SessionRevoked"];
  "typing:started": Schemas["TypingEvent"];
  "typing:stopped": Schemas["TypingEvent"];
  "conference:whispered": Schemas["Whispered"];
  "conference:supervised": Schemas["Supervisors"];
  "frame:wanted": Schemas["FrameWanted"];
  "frame:given": Schemas["FrameGiven"];
  "conference:offer": Schemas["OfferMade"];
  "conference:layers": Schemas["LayersNeeded"];
  "conference:paused": Schemas["PicturesPaused"];
  "speaker:changed": Schemas["SpeakerChanged"];
  "conference:quality": Schemas["QualityChanged"];
  "conference:replaced": Schemas["ConferenceReplaced"];
  "media:closed": Schemas["MediaClosed"];
  "reaction:shown": Schemas["ReactionShown"];
  "pointer:shown": Schemas["PointerShown"];
}

export type SocketEventName = keyof SocketEvents;

type Nothing = Record<string, never>;

/** What a client sends, with what the ack carries. */
export interface SocketCommands {
  "message:send": [Schemas["SendMessage"], Schemas["MessageSent"]];
  "typing:start": [Schemas["Typing"], Nothing];
  "typing:stop": [Schemas["Typing"], Nothing];
  "mark:move": [Schemas["MoveMark"], Schemas["MarkMoved"]];
  "tab:closing": [Nothing, Nothing];
  "clock:read": [Nothing, Schemas["TimeTold"]];
  "conference:join": [Schemas["JoinConference"], Schemas["ConferenceJoined"]];
  "conference:publish": [Schemas["PublishMedia"], Schemas["MediaAnswered"]];
  "conference:receive": [Schemas["ReceiveMedia"], Schemas["MediaOffered"]];
  "conference:answer": [Schemas["AnswerMedia"], Nothing];
  "conference:restart": [Schemas["RestartMedia"], Schemas["MediaOffered"]];
  "conference:watch": [Schemas["WatchMedia"], Nothing];
  "conference:state": [Schemas["ParticipantState"], Nothing];
  "conference:leave": [Schemas["ConferenceReference"], Nothing];
  "conference:hand": [Schemas["RaiseHand"], Nothing];
  "conference:speak": [Schemas["ConferenceReference"], Nothing];
  "conference:react": [Schemas["React"], Nothing];
  "conference:point": [Schemas["PointInCall"], Nothing];
}

export type SocketCommandName = keyof SocketCommands;
