/** What the audit page is asked: days of the reader's calendar become moments, and details become readable pairs. */
import type { AuditChoice } from "@/accounts/rest";
import type { Formats } from "@/base/formats";

/** Families of acts, in the order of the menu; an act is "family.verb". */
export const FAMILIES = [
  "message", "conversation", "member", "title", "case", "call", "recording", "board", "file", "sound", "person", "group", "session", "password",
  "profile", "api_key", "organisation", "visit", "agent", "project", "channel", "licence", "phone_number", "announcement", "template", "widget", "company", "audit",
] as const; // prettier-ignore

export interface AuditForm {
  author_id: string | null;
  action: string | null;
  /** YYYY-MM-DD, both included; "" asks for all. */
  since: string;
  until: string;
}

export const EVERYTHING: AuditForm = { author_id: null, action: null, since: "", until: "" };

function dayAfter(day: string): string {
  const ms = Date.parse(`${day}T00:00:00Z`) + 86_400_000;
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : "";
}

/** startOfDay  when a day begins where the reader is */
export function buildChoice(form: AuditForm, startOfDay: Formats["startOfDay"]): AuditChoice {
  const moment = (day: string) => {
    const ms = startOfDay(day);
    return ms !== null && ms >= 0 ? ms : null;
  };
  return {
    author_id: form.author_id,
    action: form.action,
    since_ms: moment(form.since),
    until_ms: moment(dayAfter(form.until)),
  };
}

/** Details worth reading: ids are left to the export. */
export function readableDetails(details: Record<string, unknown>): [string, unknown][] {
  return Object.entries(details).filter(([name, value]) => !name.endsWith("_id") && value !== null && value !== "");
}
