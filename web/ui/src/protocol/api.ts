/** Every REST door the screens use, by name. */
import { buildPath, request } from "./rest";
import type {
  ApiKeyCreated,
  ApiKeyRow,
  Audit,
  AuditChoice,
  Board,
  BoardBody,
  BoardPicture,
  Boards,
  BoardScene,
  BoardVersion,
  BoardVersions,
  Changes,
  CallQuality,
  Conference,
  ConferenceDoor,
  Conferences,
  Conversation,
  ConversationBody,
  Conversations,
  Created,
  FileLink,
  GuestEntered,
  GuestLink,
  GuestLinkCreated,
  GuestState,
  Invitation,
  Lobby,
  NewGuestLinkBody,
  Group,
  GroupBody,
  Language,
  LineTest,
  LineTestAnswer,
  ListedFiles,
  Mark,
  Message,
  MentionBody,
  MessageChoice,
  Messages,
  NewConversationBody,
  NewGroupBody,
  NewPersonBody,
  OrganisationBody,
  OrganisationDetails,
  People,
  Person,
  PersonBody,
  PersonDetails,
  Profile,
  Reactions,
  ProfileBody,
  PushSubscriptionBody,
  PushTrial,
  SearchResult,
  SessionRow,
  SessionStarted,
  SessionState,
  ModerationBody,
} from "./types";

/** The two halves of the list of conversations. */
export type Section = "direct" | "case";

/** Which messages of a conversation: the newest, those beside a seq, or those around one. */
export type MessagePlace = { before: number } | { after: number } | { around: number } | { newest: true };

const id = encodeURIComponent;

export const api = {
  session: {
    start: (email: string, password: string) => request<SessionStarted>("POST", "session", { json: { email, password } }),
    read: (signal?: AbortSignal) => request<SessionState>("GET", "session", signal && { signal }),
    end: () => request<undefined>("DELETE", "session"),
    switchOrganisation: (organisation_id: string) => request<unknown>("POST", "session/organisation", { json: { organisation_id } }),
    list: () => request<{ items: SessionRow[] }>("GET", "sessions"),
    revoke: (session: string) => request<undefined>("DELETE", `sessions/${id(session)}`),
  },
  push: {
    key: () => request<{ key: string }>("GET", "push/key"),
    add: (body: PushSubscriptionBody) => request<undefined>("PUT", "push/subscription", { json: body }),
    remove: (endpoint: string) => request<undefined>("POST", "push/subscription/removal", { json: { endpoint } }),
    tryOut: (endpoint: string) => request<PushTrial>("POST", "push/trial", { json: { endpoint } }),
  },
  lineTest: {
    describe: () => request<LineTest>("GET", "line-test"),
    open: (sdp: string) => request<LineTestAnswer>("POST", "line-test", { json: { sdp } }),
    end: () => request<undefined>("DELETE", "line-test"),
  },
  password: {
    forgotten: (email: string) => request<undefined>("POST", "password/forgotten", { json: { email } }),
    set: (token: string, password: string) => request<undefined>("POST", "password/set", { json: { token, password } }),
  },
  profile: {
    read: () => request<Profile>("GET", "profile"),
    change: (body: ProfileBody) => request<Profile>("PATCH", "profile", { json: body }),
    putAvatar: (picture: Blob) => request<unknown>("PUT", "profile/avatar", { blob: picture }),
    deleteAvatar: () => request<undefined>("DELETE", "profile/avatar"),
    changePassword: (old_password: string, new_password: string) =>
      request<undefined>("POST", "profile/password", { json: { old_password, new_password } }),
  },
  people: {
    list: (q: string, cursor: string | null) => request<People>("GET", "people", { query: { q, cursor } }),
    invite: (body: NewPersonBody) => request<Created>("POST", "people", { json: body }),
    read: (person: string) => request<PersonDetails>("GET", `people/${id(person)}`),
    change: (person: string, body: PersonBody) => request<PersonDetails>("PATCH", `people/${id(person)}`, { json: body }),
    resendInvitation: (person: string) => request<undefined>("POST", `people/${id(person)}/invitation`),
    addressees: (q: string, signal?: AbortSignal) =>
      request<{ items: Person[] }>("GET", "addressees", { query: { q }, ...(signal && { signal }) }),
  },
  groups: {
    list: () => request<{ items: Group[] }>("GET", "groups"),
    create: (body: NewGroupBody) => request<Created>("POST", "groups", { json: body }),
    change: (group: string, body: GroupBody) => request<Group>("PATCH", `groups/${id(group)}`, { json: body }),
    remove: (group: string) => request<undefined>("DELETE", `groups/${id(group)}`),
  },
  organisation: {
    read: () => request<OrganisationDetails>("GET", "organisation"),
    change: (body: OrganisationBody) => request<OrganisationDetails>("PATCH", "organisation", { json: body }),
  },
  apiKeys: {
    list: () => request<{ items: ApiKeyRow[] }>("GET", "api-keys"),
    create: (name: string) => request<ApiKeyCreated>("POST", "api-keys", { json: { name } }),
    revoke: (key: string) => request<undefined>("DELETE", `api-keys/${id(key)}`),
  },
  audit: {
    list: (choice: AuditChoice, cursor: string | null) => request<Audit>("GET", "audit", { query: { ...choice, cursor } }),
    exportAddress: (choice: AuditChoice) => buildPath("audit/export", { ...choice }),
  },
  conversations: {
    list: (kind: Section, cursor: string | null, limit: number) =>
      request<Conversations>("GET", "conversations", { query: { kind, cursor, limit } }),
    read: (conversation: string) => request<Conversation>("GET", `conversations/${id(conversation)}`),
    create: (body: NewConversationBody) => request<Conversation>("POST", "conversations", { json: body }),
    change: (conversation: string, body: ConversationBody) =>
      request<Conversation>("PATCH", `conversations/${id(conversation)}`, { json: body }),
    addMembers: (conversation: string, person_ids: string[]) =>
      request<unknown>("POST", `conversations/${id(conversation)}/members`, { json: { person_ids } }),
    silence: (conversation: string, silent: boolean) => request<undefined>("PUT", `conversations/${id(conversation)}/silence`, { json: { silent } }),
    removeMember: (conversation: string, person: string) =>
      request<undefined>("DELETE", `conversations/${id(conversation)}/members/${id(person)}`),
    changes: (conversation: string, after: number) =>
      request<Changes>("GET", `conversations/${id(conversation)}/changes`, { query: { after } }),
    mark: (conversation: string, marks: { read_seq?: number; delivered_seq?: number }) =>
      request<Mark>("PUT", `conversations/${id(conversation)}/marks`, { json: marks }),
    search: (q: string, choice: MessageChoice, cursor: string | null, limit: number, signal?: AbortSignal) =>
      request<SearchResult>("GET", "search", { query: { q, ...choice, cursor, limit }, ...(signal && { signal }) }),
    presence: () => request<{ online: string[] }>("GET", "presence"),
  },
  messages: {
    list: (conversation: string, place: MessagePlace, limit: number) =>
      request<Messages>("GET", `conversations/${id(conversation)}/messages`, {
        query: { ...("newest" in place ? {} : place), limit },
      }),
    /** Messages at these places; what is not there is left out. */
    at: (conversation: string, seqs: readonly number[]) =>
      request<Messages>("GET", `conversations/${id(conversation)}/messages`, { query: { seqs: seqs.join(",") } }),
    post: (conversation: string, client_id: string, text: string, reply_to: string | null, mentions: MentionBody[]) =>
      request<Message>("POST", `conversations/${id(conversation)}/messages`, { json: { client_id, text, reply_to, mentions } }),
    pins: (conversation: string) => request<Messages>("GET", `conversations/${id(conversation)}/pins`),
    pin: (conversation: string, message: string, set: boolean) =>
      request<Message>(set ? "PUT" : "DELETE", `conversations/${id(conversation)}/messages/${id(message)}/pin`),
    compose: (conversation: string, message: string, wanted: boolean) =>
      request<Message>(wanted ? "POST" : "DELETE", `conversations/${id(conversation)}/messages/${id(message)}/composition`),
    removeCard: (conversation: string, message: string) =>
      request<Message>("DELETE", `conversations/${id(conversation)}/messages/${id(message)}/card`),
    forward: (conversation: string, message: string, client_id: string, conversation_ids: string[]) =>
      request<Messages>("POST", `conversations/${id(conversation)}/messages/${id(message)}/forward`, { json: { client_id, conversation_ids } }),
    reactions: (conversation: string, message: string) =>
      request<Reactions>("GET", `conversations/${id(conversation)}/messages/${id(message)}/reactions`),
    react: (conversation: string, message: string, emoji: string, set: boolean) =>
      request<Message>("PUT", `conversations/${id(conversation)}/messages/${id(message)}/reactions`, { json: { emoji, set } }),
    edit: (conversation: string, message: string, text: string, mentions: MentionBody[]) =>
      request<Message>("PATCH", `conversations/${id(conversation)}/messages/${id(message)}`, { json: { text, mentions } }),
    remove: (conversation: string, message: string) =>
      request<undefined>("DELETE", `conversations/${id(conversation)}/messages/${id(message)}`),
  },
  files: {
    list: (conversation: string, q: string, cursor: string | null, signal?: AbortSignal) =>
      request<ListedFiles>("GET", `conversations/${id(conversation)}/files`, { query: { q, cursor }, ...(signal && { signal }) }),
    post: (conversation: string, client_id: string, text: string, upload_ids: string[]) =>
      request<Message>("POST", `conversations/${id(conversation)}/files`, { json: { client_id, text, upload_ids } }),
    link: (conversation: string, file: string) => request<FileLink>("POST", `conversations/${id(conversation)}/files/${id(file)}/link`),
  },
  boards: {
    create: (conversation: string, client_id: string) => request<Board>("POST", `conversations/${id(conversation)}/boards`, { json: { client_id } }),
    list: (conversation: string, cursor: string | null) =>
      request<Boards>("GET", `conversations/${id(conversation)}/boards`, { query: { cursor, limit: 20 } }),
    change: (board: string, body: BoardBody) => request<Board>("PATCH", `boards/${id(board)}`, { json: body }),
    scene: (board: string, since: number) => request<BoardScene>("GET", `boards/${id(board)}/scene`, { query: { since } }),
    putPicture: (board: string, picture: string, blob: Blob) =>
      request<BoardPicture>("PUT", `boards/${id(board)}/pictures/${id(picture)}`, { blob }),
    pictureAddress: (board: string, picture: string) => buildPath(`boards/${id(board)}/pictures/${id(picture)}`),
    putPreview: (board: string, revision: number, blob: Blob) =>
      request<Board>("PUT", `boards/${id(board)}/preview`, { query: { revision }, blob }),
    versions: (board: string) => request<BoardVersions>("GET", `boards/${id(board)}/versions`),
    keepVersion: (board: string, name: string) => request<BoardVersion>("POST", `boards/${id(board)}/versions`, { json: { name } }),
    versionScene: (board: string, version: string) => request<BoardScene>("GET", `boards/${id(board)}/versions/${id(version)}/scene`),
    restoreVersion: (board: string, version: string) => request<Board>("POST", `boards/${id(board)}/versions/${id(version)}/restore`),
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
    start: (conversation: string) => request<ConferenceDoor>("POST", `conversations/${id(conversation)}/conference`),
    list: (conversation: string, cursor: string | null = null) =>
      request<Conferences>("GET", `conversations/${id(conversation)}/conferences`, { query: { cursor } }),
    read: (conference: string) => request<Conference>("GET", `conferences/${id(conference)}`),
    quality: (conference: string) => request<CallQuality>("GET", `conferences/${id(conference)}/quality`),
    end: (conference: string) => request<undefined>("POST", `conferences/${id(conference)}/end`),
    /** A picture of the call as a board before everybody in it. */
    freeze: (conference: string, client_id: string, title: string, blob: Blob) =>
      request<Board>("POST", `conferences/${id(conference)}/frames`, { query: { client_id, title }, blob }),
    askForFrame: (conference: string, participant: string, ask_id: string) =>
      request<undefined>("POST", `conferences/${id(conference)}/participants/${id(participant)}/frame-asks`, { json: { ask_id } }),
    /** token: a guest's, whose page has no session */
    giveFrame: (conference: string, asked_by: string, ask_id: string, blob: Blob, token?: string) =>
      request<undefined>("POST", `conferences/${id(conference)}/participants/${id(asked_by)}/frames`, { query: { ask_id }, blob, ...(token !== undefined && { token }) }),
    freezeGiven: (conference: string, ask_id: string, client_id: string, title: string) =>
      request<Board>("POST", `conferences/${id(conference)}/given-frames/${id(ask_id)}`, { query: { client_id, title } }),
    goLive: (conference: string) => request<Conference>("DELETE", `conferences/${id(conference)}/frame`),
    record: (conference: string) => request<Conference>("POST", `conferences/${id(conference)}/recording`),
    change: (conference: string, body: ModerationBody) => request<Conference>("PATCH", `conferences/${id(conference)}`, { json: body }),
    muteAll: (conference: string) => request<undefined>("POST", `conferences/${id(conference)}/mute`),
    mute: (conference: string, participant: string) => request<undefined>("PUT", `conferences/${id(conference)}/participants/${id(participant)}/mute`),
    letSpeak: (conference: string, participant: string) => request<undefined>("DELETE", `conferences/${id(conference)}/participants/${id(participant)}/mute`),
    lowerHand: (conference: string, participant: string) => request<undefined>("DELETE", `conferences/${id(conference)}/participants/${id(participant)}/hand`),
    remove: (conference: string, participant: string) => request<Conference>("DELETE", `conferences/${id(conference)}/participants/${id(participant)}`),
    admit: (conference: string, person_id: string) => request<Conference>("POST", `conferences/${id(conference)}/admissions`, { json: { person_id } }),
    stopRecording: (conference: string) => request<Conference>("DELETE", `conferences/${id(conference)}/recording`),
  },
};
