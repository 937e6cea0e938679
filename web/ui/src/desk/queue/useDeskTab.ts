/** Whether the way to the communicator is shown: only to agents, and only while they are Online (CC-030, CC-031). */
import { useQuery } from "@tanstack/react-query";

import { useMay } from "@/base/session";
import { useAgentHome } from "@/desk/home/home";
import { keys } from "@/desk/keys";
import type { Queue } from "@/desk/rest";

/**
 * isAgent  works in a project: the bar is fetched
 * count    what waits for an answer
 */
export function useDeskTab(): { isAgent: boolean; isShown: boolean; isSupervisor: boolean; count: number } {
  const mayServe = useMay("desk.work");
  const { data: home } = useAgentHome(mayServe);
  // Fetched by the bar; here it is only looked at.
  const { data: queue } = useQuery<Queue>({ queryKey: keys.queue, enabled: false });
  const isAgent = mayServe && home !== undefined && home.projects.length > 0;
  return {
    isAgent,
    isShown: isAgent && home.status === "online",
    isSupervisor: mayServe && home?.projects.some((project) => project.role === "supervisor") === true,
    count: queue === undefined ? 0 : queue.counts.waiting + queue.counts.messages,
  };
}
