/** Whether the signed-in person takes visits, and where: kept true by the events about them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { keys } from "@/app/keys";
import { useLive } from "@/app/session";
import { request } from "@/protocol/rest";
import type { AgentHome } from "@/protocol/types";

/** enabled  the person has the right to work at the desk at all */
export function useAgentHome(enabled = true) {
  const live = useLive();
  const cache = useQueryClient();
  useEffect(() => {
    if (!enabled) return;
    return live.socket.onAny((name, payload) => {
      const isOwn = name === "agent:changed" && (payload as { agent?: { person_id?: string } }).agent?.person_id === live.selfId;
      if (isOwn || name === "home:changed") void cache.invalidateQueries({ queryKey: keys.agentHome });
    });
  }, [live, cache, enabled]);
  return useQuery({ queryKey: keys.agentHome, enabled, queryFn: () => request<AgentHome>("GET", "agent/home") });
}
