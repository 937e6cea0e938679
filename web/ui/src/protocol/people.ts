/** People and the session, by the names that every layer uses. */
import type { components } from "@/protocol/generated/schema";

type Schemas = components["schemas"];

export type Person = Schemas["Person"];
export type { Language } from "@/protocol/generated/languages";
export type SessionState = Schemas["SessionState"];
