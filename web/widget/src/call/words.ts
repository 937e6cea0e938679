/** What the visitor is told of the call: one sentence for each state, also while nobody has answered. */
import type { CallState } from "@/media/callState";

import type { VisitState } from "../frame/rest";
import { t } from "../frame/words";

export function sayCall(visit: VisitState, state: Pick<CallState, "phase" | "link">): string {
  if (visit.calling !== null) return t("widget.call.ring");
  if (visit.state === "waiting" || visit.state === "offered") {
    // Also of a talk that was handed over: nobody is there to take it.
    if (visit.voice === "voicemail") return t("widget.call.voicemail");
    if (visit.handed_over) return t("widget.waiting.handed");
    if (visit.voice === "hold" || visit.reason === "busy") return t("widget.call.hold");
    return t("widget.call.ring");
  }
  if (state.link === "reconnecting") return t("widget.call.reconnecting");
  if (visit.agent_away) return t("widget.talking.away", { name: visit.agent?.name ?? "" });
  if (visit.held) return t("widget.call.held");
  return t(state.phase === "joined" && state.link === "connected" ? "widget.call.talking" : "widget.call.starting");
}
