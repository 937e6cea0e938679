/** Names for the generated types of the contact centre. */
import type { components } from "@/protocol/generated/schema";

type Schemas = components["schemas"];

export type Visit = Schemas["Visit"];
export type Medium = Visit["medium"];
export type VisitorShown = Schemas["VisitorShown"];
export type Named = Schemas["PersonNamed"];
export type Offer = Schemas["Offer"];
export type OfferEnd = Schemas["VisitRingsNoMore"]["reason"];
export type Queue = Schemas["Queue"];
export type VisitDetails = Schemas["VisitDetails"];
export type AgentLine = Schemas["AgentLine"];
export type ProjectLine = Schemas["ProjectLine"];
export type Supervision = Schemas["Supervision"];
export type Supervised = Schemas["Supervised"];
export type SuperviseMode = Schemas["SuperviseBody"]["mode"];
export type Colleagues = Schemas["Colleagues"];
