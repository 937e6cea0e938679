/** What the audit page is asked: days of this device's calendar become moments, and details become readable pairs. */
import type { AuditChoice } from "@/accounts/rest";

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

function startOfDay(day: string, later = 0): number | null {
  const [year, month, date] = day.split("-").map(Number);
  if (year === undefined || month === undefined || date === undefined) return null;
  const ms = new Date(year, month - 1, date + later).getTime();
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}

export function buildChoice(form: AuditForm): AuditChoice {
  return {
    author_id: form.author_id,
    action: form.action,
    since_ms: startOfDay(form.since),
    until_ms: startOfDay(form.until, 1),
  };
}

/** Details worth reading: ids are left to the export. */
export function readableDetails(details: Record<string, unknown>): [string, unknown][] {
  return Object.entries(details).filter(([name, value]) => !name.endsWith("_id") && value !== null && value !== "");
}
