/**
 * What the loader in the host's page and the frame of our origin say to each other, by postMessage.
 *
 * How it works: the frame says `ready` to its parent, without knowing whose page it is in; the loader answers `hello`, to our
 * origin only. From there the frame speaks to the origin that greeted it, and believes nobody else; who may be its parent
 * at all is the list of origins in the frame's headers.
 */
import type { Language } from "@/protocol/generated/languages";

export interface HostPage {
  url: string;
  title: string;
}

/** What the snippet's author may say. */
export interface Params {
  /** JSON Web Token that says who the visitor is, signed by the host's server. */
  identity?: string;
  language?: Language;
  name?: string;
  email?: string;
}

export type ToFrame =
  | { type: "hello"; page: HostPage; language: Language; params: Params; shown: boolean; trigger: string; phone: boolean }
  | { type: "page"; page: HostPage }
  /** focus: the visitor opened it, so the keyboard may go there. */
  | { type: "shown"; shown: boolean; focus: boolean; phone: boolean }
  /** Empty: the site knows nobody any more. forget: nothing of whoever was here is to stay. */
  | { type: "identity"; identity: string; forget?: boolean };

export type ToLoader =
  | { type: "ready" }
  | { type: "fold" }
  | { type: "unread"; count: number }
  /** Whether there is a talk to come back to on the next page. */
  | { type: "talk"; on: boolean };

const MARK = "centrala.widget";

export interface Envelope<Message> {
  mark: typeof MARK;
  key: string;
  message: Message;
}

export function wrap<Message>(key: string, message: Message): Envelope<Message> {
  return { mark: MARK, key, message };
}

/** Read what came in an event; null for everything that others say to each other in this page. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- who asks knows which of the two directions it is
export function unwrap<Message>(key: string, data: unknown): Message | null {
  if (typeof data !== "object" || data === null) return null;
  const { mark, key: named, message } = data as Partial<Envelope<Message>>;
  return mark === MARK && named === key && typeof message === "object" ? message : null;
}
