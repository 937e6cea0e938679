/** Who may do something about a visit: as `desk/visits/handling.py` decides. */
import { useLive } from "@/base/session";
import { useAgentHome } from "@/desk/home/home";
import type { Visit } from "@/desk/rest";

/** What somebody has in hand is theirs and the supervisors'; everything else is for everybody of the project. */
export function useMayHandle(visit: Pick<Visit, "state" | "agent" | "project_id">): boolean {
  const { selfId } = useLive();
  const { data: home } = useAgentHome();
  if (visit.state !== "accepted" && visit.state !== "wrapping") return true;
  return visit.agent?.id === selfId || home?.projects.some(({ id, role }) => id === visit.project_id && role === "supervisor") === true;
}
