/** The api of the contact centre's settings, and their types by name. */
import type { Language } from "@/protocol/generated/languages";
import type { components } from "@/protocol/generated/schema";
import { buildPath, request } from "@/protocol/rest";

type Schemas = components["schemas"];

export type ChannelSettings = Schemas["ChannelSettings"];
export type ChannelRow = ChannelSettings["channels"][number];
export type ChannelName = ChannelRow["channel"];
export type ChannelBody = Schemas["ChannelBody"];
export type StaffRow = ChannelSettings["staff"][number];
export type Medium = StaffRow["licences"][number];
export type Announcement = ChannelSettings["announcements"][number];
export type Purpose = Announcement["purpose"];
export type Template = Schemas["Template"];
export type TemplateChannel = Template["channel"];
export type Company = Schemas["Company"];
export type CompanyBody = Schemas["CompanyBody"];
export type Widget = Schemas["Widget"];
export type WidgetBody = Schemas["WidgetBody"];
export type Corner = Widget["corner"];
export type Project = Schemas["Project"];
export type ProjectRow = Schemas["ProjectRow"];
export type ProjectBody = Schemas["ProjectBody"];
export type ProjectMember = Project["members"][number];
export type MemberBody = Schemas["MemberBody"];
export type Hours = NonNullable<Project["hours"]>;
export type Setup = Schemas["Setup"];
export type Start = Schemas["Start"];
export type Sound = Schemas["Sound"];
export type ProjectPhoneNumbers = Schemas["ProjectPhoneNumbers"];
export type PhoneNumber = ProjectPhoneNumbers["free"][number];

const id = encodeURIComponent;

export const api = {
  channels: () => request<ChannelSettings>("GET", "channels"),
  changeChannel: (channel: ChannelName, body: Partial<ChannelBody>) => request<ChannelSettings>("PATCH", `channels/${channel}`, { json: body }),
  setUser: (channel: ChannelName, person: string, serves: boolean) =>
    request<ChannelSettings>("PUT", `channels/${channel}/users/${id(person)}`, { json: { serves } }),
  setLicence: (medium: Medium, person: string, assigned: boolean) =>
    request<ChannelSettings>("PUT", `licences/${medium}/people/${id(person)}`, { json: { assigned } }),
  setAnnouncement: (purpose: Purpose, kind: Announcement["kind"], sound_id: string | null) =>
    request<ChannelSettings>("PUT", `announcements/${purpose}`, { json: { kind, sound_id } }),
  sounds: () => request<{ items: Sound[] }>("GET", "sounds"),
  addSound: (name: string, file: Blob) => request<Sound>("POST", "sounds", { query: { name }, blob: file }),
  soundAddress: (sound: string) => buildPath(`sounds/${id(sound)}/content`),
  templates: () => request<{ items: Template[]; variables: string[] }>("GET", "templates"),
  addTemplate: (body: Schemas["NewTemplateBody"]) => request<Template>("POST", "templates", { json: body }),
  changeTemplate: (template: string, body: Partial<Schemas["TemplateBody"]> & { version: number }) =>
    request<Template>("PATCH", `templates/${id(template)}`, { json: body }),
  deleteTemplate: (template: string) => request<undefined>("DELETE", `templates/${id(template)}`),
  company: () => request<Company>("GET", "company"),
  changeCompany: (body: Partial<CompanyBody> & { version: number }) => request<Company>("PATCH", "company", { json: body }),
  putLogo: (picture: Blob) => request<Company>("PUT", "company/logo", { blob: picture }),
  deleteLogo: () => request<Company>("DELETE", "company/logo"),
  start: () => request<Start>("GET", "start"),
  begin: () => request<Start>("POST", "start"),
  setup: () => request<Setup>("GET", "setup"),
  projects: () => request<{ items: ProjectRow[] }>("GET", "projects"),
  addProject: (name: string) => request<Project>("POST", "projects", { json: { name } }),
  project: (project: string) => request<Project>("GET", `projects/${id(project)}`),
  changeProject: (project: string, body: Partial<ProjectBody> & { version: number }) => request<Project>("PATCH", `projects/${id(project)}`, { json: body }),
  deleteProject: (project: string) => request<undefined>("DELETE", `projects/${id(project)}`),
  putMember: (project: string, person: string, body: Partial<MemberBody>) =>
    request<Project>("PUT", `projects/${id(project)}/members/${id(person)}`, { json: body }),
  removeMember: (project: string, person: string) => request<Project>("DELETE", `projects/${id(project)}/members/${id(person)}`),
  phoneNumbers: (project: string, digits: string) => request<ProjectPhoneNumbers>("GET", `projects/${id(project)}/phone-numbers`, { query: { digits } }),
  assignPhoneNumber: (project: string, number: string) => request<ProjectPhoneNumbers>("PUT", `projects/${id(project)}/phone-numbers/${id(number)}`),
  releasePhoneNumber: (project: string, number: string) => request<ProjectPhoneNumbers>("DELETE", `projects/${id(project)}/phone-numbers/${id(number)}`),
  widget: (project: string) => request<Widget>("GET", `projects/${id(project)}/widget`),
  changeWidget: (project: string, body: Partial<WidgetBody> & { version: number }) => request<Widget>("PATCH", `projects/${id(project)}/widget`, { json: body }),
  checkWidget: (project: string) => request<Widget>("POST", `projects/${id(project)}/widget/check`),
  putTrigger: (project: string, language: Language, text: string, delay_s: number) =>
    request<Widget>("PUT", `projects/${id(project)}/widget/triggers/${language}`, { json: { text, delay_s } }),
  deleteTrigger: (project: string, language: Language) => request<Widget>("DELETE", `projects/${id(project)}/widget/triggers/${language}`),
  guideAddress: (project: string, system: string) => buildPath(`projects/${id(project)}/widget/guides/${system}`),
};
