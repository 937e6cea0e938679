/** What an agent has to do, as the screens of the desk ask for it, and what may be done with a visit. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import { useFormats } from "@/base/formats";
import { tellProblem } from "@/base/problems";
import { useFeed, useSession } from "@/base/session";
import type { Snippet } from "@/conversations/composer/snippets";
import { ApiProblem } from "@/protocol/problem";
import { serverClock, serverNow } from "@/protocol/serverClock";

import { applyToQueue, applyToSupervision, applyToVisit } from "./applying";
import { DeskFeed } from "./feed";
import { fillTemplate } from "./filling";
import { keys } from "./keys";
import type { Visit } from "./rest";
import { api } from "./rest";

export function useQueue() {
  const feed = useFeed(DeskFeed);
  return useQuery({
    queryKey: keys.queue,
    queryFn: () =>
      feed.fetched(
        async () => {
          const asked_ms = serverClock.monotonic();
          const queue = await api.queue();
          serverClock.learn(queue.now_ms, asked_ms);
          return queue;
        },
        (queue, update) => applyToQueue(queue, update, feed.selfId),
      ),
  });
}

export function useVisit(visitId: string) {
  const feed = useFeed(DeskFeed);
  return useQuery({
    queryKey: keys.visit(visitId),
    queryFn: () => feed.fetched(() => api.visit(visitId), applyToVisit),
    // The visitor goes from page to page without an event of its own.
    refetchInterval: 15_000,
  });
}

export function useSupervision() {
  const feed = useFeed(DeskFeed);
  return useQuery({
    queryKey: keys.supervision,
    queryFn: () =>
      feed.fetched(async () => {
        const asked_ms = serverClock.monotonic();
        const supervision = await api.supervision();
        serverClock.learn(supervision.now_ms, asked_ms);
        return supervision;
      }, applyToSupervision),
    // Whether agents are present changes without an event to the supervisor.
    refetchInterval: 5_000,
  });
}

/** Do something with a visit; its answer is put everywhere without waiting for the event. */
export function useVisitAct<Args>(act: (args: Args) => Promise<Visit | undefined>, onDone?: (visit: Visit | undefined, args: Args) => void) {
  const feed = useFeed(DeskFeed);
  const cache = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: (visit, args) => {
      if (visit !== undefined) feed.take({ type: "visit", visit });
      onDone?.(visit, args);
    },
    onError: (error) => {
      tellProblem(error);
      // Somebody was quicker: what stands here is no longer true.
      if (error instanceof ApiProblem && (error.status === 409 || error.status === 404)) void cache.invalidateQueries({ queryKey: keys.desk });
    },
  });
}

export function useIgnore() {
  const cache = useQueryClient();
  return useVisitAct(api.ignore, () => void cache.invalidateQueries({ queryKey: keys.queue }));
}

/** The chat's ready texts, filled for this visit. */
export function useSnippets(visit: Visit): Snippet[] {
  const { person, organisation } = useSession();
  const formats = useFormats();
  const { data } = useQuery({ queryKey: keys.templates, queryFn: api.templates, staleTime: 60_000 });
  const client = visit.visitor.name;
  const project = visit.project_name;
  return useMemo(() => {
    const values = { client, agent: person.name, company: organisation.name, project, date: formats.date(serverNow()) };
    return (data?.items ?? []).map(({ id, shortcut, name, text }) => ({ id, shortcut, name, text: fillTemplate(text, values) }));
  }, [data, client, project, person.name, organisation.name, formats]);
}
