/** The doors of accounts, and their types by name. */
import type { components } from "@/protocol/generated/schema";
import type { Person, SessionState } from "@/protocol/people";
import { buildPath, request } from "@/protocol/rest";

type Schemas = components["schemas"];

export type PersonDetails = Schemas["PersonDetails"];
export type Profile = Schemas["Profile"];
export type Role = Person["role"];
export type OrganisationDetails = Schemas["OrganisationDetails"];
export type Group = Schemas["Group"];
export type SessionStarted = Schemas["SessionStarted"];
export type RefusedSignInRow = Schemas["RefusedSignInRow"];
export type SessionRow = Schemas["SessionRow"];
export type ApiKeyRow = Schemas["ApiKeyRow"];
export type ApiKeyCreated = Schemas["ApiKeyCreated"];
export type AuditRow = Schemas["AuditRow"];
export type People = Schemas["People"];
export type Audit = Schemas["Audit"];
export type Created = Schemas["Created"];
export type ProfileBody = Schemas["ProfileBody"];
export type NewPersonBody = Schemas["NewPersonBody"];
export type PersonBody = Schemas["PersonBody"];
export type NewGroupBody = Schemas["NewGroupBody"];
export type GroupBody = Schemas["GroupBody"];
export type OrganisationBody = Schemas["OrganisationBody"];

/** Which entries of the audit log; times in UTC ms, `until_ms` not included. */
export interface AuditChoice {
  author_id?: string | null;
  action?: string | null;
  since_ms?: number | null;
  until_ms?: number | null;
}

const id = encodeURIComponent;

export const api = {
  session: {
    start: (email: string, password: string) => request<SessionStarted>("POST", "session", { json: { email, password } }),
    read: (signal?: AbortSignal) => request<SessionState>("GET", "session", signal && { signal }),
    end: () => request<undefined>("DELETE", "session"),
    switchOrganisation: (organisation_id: string) => request<unknown>("POST", "session/organisation", { json: { organisation_id } }),
    list: () => request<{ items: SessionRow[] }>("GET", "sessions"),
    refused: () => request<{ items: RefusedSignInRow[] }>("GET", "sessions/refused"),
    revoke: (session: string) => request<undefined>("DELETE", `sessions/${id(session)}`),
  },
  password: {
    forgotten: (email: string) => request<undefined>("POST", "password/forgotten", { json: { email } }),
    set: (token: string, password: string) => request<undefined>("POST", "password/set", { json: { token, password } }),
  },
  profile: {
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
};
