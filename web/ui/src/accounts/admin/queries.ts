/** What administrators see. Nobody sends events for it, so it is asked for again on every visit. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { keys } from "@/accounts/keys";
import { api, type AuditChoice } from "@/accounts/rest";

export function usePeople(words: string) {
  return useInfiniteQuery({
    queryKey: keys.people(words),
    queryFn: ({ pageParam }) => api.people.list(words, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: 0,
  });
}

export function useGroups() {
  return useQuery({ queryKey: keys.groups, queryFn: async () => (await api.groups.list()).items, staleTime: 0 });
}

export function useOrganisation() {
  return useQuery({ queryKey: keys.organisation, queryFn: api.organisation.read, staleTime: 0 });
}

export function useApiKeys() {
  return useQuery({ queryKey: keys.apiKeys, queryFn: async () => (await api.apiKeys.list()).items, staleTime: 0 });
}

export function useAudit(choice: AuditChoice) {
  return useInfiniteQuery({
    queryKey: keys.audit(choice),
    queryFn: ({ pageParam }) => api.audit.list(choice, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: 0,
  });
}
