/** Whether the signed-in person takes visits, and where: kept true by the events about them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { tellProblem } from "@/base/problems";
import { keys } from "@/desk/keys";
import type { components } from "@/protocol/generated/schema";
import { request } from "@/protocol/rest";

export type AgentHome = components["schemas"]["AgentHome"];
export type HomeProject = AgentHome["projects"][number];
export type AgentStatus = AgentHome["status"];
export type Direction = HomeProject["direction"];
export type Medium = HomeProject["media"][number]["medium"];
export type LinkKind = AgentHome["links"][number]["kind"];

const id = encodeURIComponent;

const doors = {
  home: () => request<AgentHome>("GET", "agent/home"),
  setStatus: (status: AgentStatus) => request<unknown>("PUT", "agent/status", { json: { status } }),
  changeLinks: (body: Partial<Record<LinkKind, boolean>> & { external_number?: string }) => request<AgentHome>("PATCH", "agent/links", { json: body }),
  changeProject: (project: string, body: Partial<Record<Medium, boolean>> & { direction?: Direction }) =>
    request<AgentHome>("PATCH", `agent/projects/${id(project)}`, { json: body }),
  chooseOutgoing: (project_id: string | null) => request<AgentHome>("PUT", "agent/outgoing-project", { json: { project_id } }),
  welcomed: () => request<AgentHome>("POST", "agent/welcomed"),
};

/** enabled  the person has the right to work at the desk at all */
export function useAgentHome(enabled = true) {
  return useQuery({ queryKey: keys.agentHome, enabled, queryFn: doors.home });
}

/** What an agent changes of their own; each answer is the whole home. */
export function useHomeChange() {
  const cache = useQueryClient();
  const options = { onSuccess: (home: AgentHome) => void cache.setQueryData(keys.agentHome, home), onError: tellProblem };
  return {
    links: useMutation({ mutationFn: doors.changeLinks, ...options }),
    project: useMutation({
      mutationFn: ({ project, ...body }: { project: string } & Parameters<typeof doors.changeProject>[1]) => doors.changeProject(project, body),
      ...options,
    }),
    outgoing: useMutation({ mutationFn: doors.chooseOutgoing, ...options }),
    welcomed: useMutation({ mutationFn: doors.welcomed, ...options }),
  };
}

export function useSetStatus() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: doors.setStatus,
    onMutate: (status: AgentStatus) => {
      cache.setQueryData<AgentHome>(keys.agentHome, (old) => old && { ...old, status });
    },
    onSettled: () => cache.invalidateQueries({ queryKey: keys.agentHome }),
    onError: tellProblem,
  });
}
