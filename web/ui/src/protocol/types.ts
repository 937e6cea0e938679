/** Names for the generated types; the socket's events and commands by name. */
import type { components } from "@/protocol/generated/schema";

type Schemas = components["schemas"];

export type Person = Schemas["Person"];
export type PersonDetails = Schemas["PersonDetails"];
export type Profile = Schemas["Profile"];
export type Role = Person["role"];
export type { Language } from "@/protocol/generated/languages";
export type Ring = Profile["ring"];
export type Organisation = Schemas["Organisation"];
export type OrganisationDetails = Schemas["OrganisationDetails"];
export type Group = Schemas["Group"];
export type SessionState = Schemas["SessionState"];
export type SessionStarted = Schemas["SessionStarted"];
export type SessionRow = Schemas["SessionRow"];
export type ApiKeyRow = Schemas["ApiKeyRow"];
export type ApiKeyCreated = Schemas["ApiKeyCreated"];
export type AuditRow = Schemas["AuditRow"];
export type People = Schemas["People"];
export type Audit = Schemas["Audit"];
/** Which entries of the audit log; times in UTC ms, `until_ms` not included. */
export interface AuditChoice {
  author_id?: string | null;
  action?: string | null;
  since_ms?: number | null;
  until_ms?: number | null;
}
export type Created = Schemas["Created"];

export type ProfileBody = Schemas["ProfileBody"];
export type PushSubscriptionBody = Schemas["PushSubscriptionBody"];
export type PushTrial = Schemas["PushTrial"];
export type NewPersonBody = Schemas["NewPersonBody"];
export type PersonBody = Schemas["PersonBody"];
export type NewGroupBody = Schemas["NewGroupBody"];
export type GroupBody = Schemas["GroupBody"];
export type OrganisationBody = Schemas["OrganisationBody"];

export type Author = Schemas["Author"];
export type Message = Schemas["Message"];
export type Reply = Schemas["Reply"];
export type Card = Schemas["Card"];
export type Call = Schemas["Call"];
export type CallQuality = Schemas["CallQuality"];
export type LineSummary = Schemas["LineSummary"];
export type Mention = Schemas["Mention"];
export type MentionBody = Schemas["MentionBody"];
export type Reaction = Schemas["Reaction"];
export type Reactions = Schemas["Reactions"];
export type MessageFile = Schemas["File"];
export type ListedFile = Schemas["ListedFile"];
export type ListedFiles = Schemas["ListedFiles"];
export type FileLink = Schemas["FileLinkMade"];
export type Messages = Schemas["Messages"];
export type Member = Schemas["Member"];
export type Mark = Schemas["Mark"];
export type ServiceCase = Schemas["Case"];
export type Participant = Schemas["Participant"];
export type Conference = Schemas["Conference"];
export type Conferences = Schemas["Conferences"];
export type ConferenceDoor = Schemas["ConferenceDoor"];
export type Conversation = Schemas["Conversation"];
export type ConversationHead = Schemas["ConversationHead"];
export type Conversations = Schemas["Conversations"];
export type Change = Schemas["Changes"]["items"][number];
export type Changes = Schemas["Changes"];
export type SearchResult = Schemas["SearchResult"];
export type Found = Schemas["Found"];
export type NewConversationBody = Schemas["NewConversationBody"];
export type ConversationBody = Schemas["ConversationBody"];
export type ModerationBody = Schemas["ModerationBody"];
export type IceServer = Schemas["IceServer"];
export type LineTest = Schemas["LineTest"];
export type LineTestAnswer = Schemas["LineTestAnswer"];

export type AgentHome = Schemas["AgentHome"];
export type AgentState = Schemas["AgentState"];
export type Templates = Schemas["Templates"];

export type Board = Schemas["Board"];
export type Boards = Schemas["Boards"];
export type BoardBody = Schemas["BoardBody"];
export type BoardPerson = Schemas["BoardPerson"];
export type BoardCursor = Schemas["BoardCursor"];
export type BoardPicture = Schemas["BoardPicture"];
export type BoardVersion = Schemas["BoardVersion"];
export type BoardVersions = Schemas["BoardVersions"];
export type BoardScene = Schemas["BoardScene"];
export type GuestLink = Schemas["GuestLink"];
export type GuestLinkCreated = Schemas["GuestLinkCreated"];
export type NewGuestLinkBody = Schemas["NewGuestLinkBody"];
export type Invitation = Schemas["Invitation"];
export type GuestState = Schemas["GuestState"];
export type GuestEntered = Schemas["GuestEntered"];
export type Lobby = Schemas["Lobby"];
export type WaitingGuest = Schemas["WaitingGuest"];

export type ConferenceRinging = Schemas["ConferenceRinging"];
export type RingStopped = Schemas["RingStopped"];

/** Which messages a search looks at; nothing said: all. Times in UTC ms, `until_ms` not included. */
export interface MessageChoice {
  conversation_id?: string | null;
  author_id?: string | null;
  kind?: "text" | "file" | "call" | "board" | null;
  since_ms?: number | null;
  until_ms?: number | null;
}

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
  "visit:changed": Schemas["VisitChanged"];
  "offer:made": Schemas["VisitRings"];
  "offer:ended": Schemas["VisitRingsNoMore"];
  "session:revoked": Schemas["SessionRevoked"];
  "guest:changed": Schemas["GuestEvent"];
  "lobby:changed": Schemas["LobbyEvent"];
  "typing:started": Schemas["TypingEvent"];
  "typing:stopped": Schemas["TypingEvent"];
  "presence:changed": Schemas["PresenceChanged"];
  "conference:ringing": Schemas["ConferenceRinging"];
  "ring:stopped": Schemas["RingStopped"];
  "conference:whispered": Schemas["Whispered"];
  "frame:wanted": Schemas["FrameWanted"];
  "frame:given": Schemas["FrameGiven"];
  "visit:looked": Schemas["VisitLooked"];
  "conference:offer": Schemas["OfferMade"];
  "conference:layers": Schemas["LayersNeeded"];
  "conference:paused": Schemas["PicturesPaused"];
  "speaker:changed": Schemas["SpeakerChanged"];
  "conference:quality": Schemas["QualityChanged"];
  "conference:replaced": Schemas["ConferenceReplaced"];
  "media:closed": Schemas["MediaClosed"];
  "board:changed": Schemas["BoardChanged"];
  "board:cursors": Schemas["BoardCursors"];
  "board:present": Schemas["BoardPresent"];
  "board:updated": Schemas["BoardUpdated"];
  "board:closed": Schemas["BoardClosed"];
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
  "visit:look": [Schemas["VisitReference"], Nothing];
  "visit:leave": [Schemas["VisitReference"], Nothing];
  "tab:closing": [Nothing, Nothing];
  "conference:join": [Schemas["JoinConference"], Schemas["ConferenceJoined"]];
  "conference:publish": [Schemas["PublishMedia"], Schemas["MediaAnswered"]];
  "conference:receive": [Schemas["ReceiveMedia"], Schemas["MediaOffered"]];
  "conference:answer": [Schemas["AnswerMedia"], Nothing];
  "conference:restart": [Schemas["RestartMedia"], Schemas["MediaOffered"]];
  "conference:watch": [Schemas["WatchMedia"], Nothing];
  "conference:state": [Schemas["ParticipantState"], Nothing];
  "conference:leave": [Schemas["ConferenceReference"], Nothing];
  "conference:decline": [Schemas["ConferenceReference"], Nothing];
  "board:open": [Schemas["OpenBoard"], Schemas["BoardOpened"]];
  "board:change": [Schemas["ChangeBoard"], Schemas["BoardStored"]];
  "board:point": [Schemas["PointOnBoard"], Nothing];
  "board:close": [Schemas["BoardReference"], Nothing];
  "conference:hand": [Schemas["RaiseHand"], Nothing];
  "conference:speak": [Schemas["ConferenceReference"], Nothing];
  "conference:react": [Schemas["React"], Nothing];
  "conference:point": [Schemas["PointInCall"], Nothing];
}

export type SocketCommandName = keyof SocketCommands;
