/** Lets signed-in people through, starts their live data, and sends everybody else to sign in. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { useContext, useEffect, useMemo, useState } from "react";

import { keys } from "@/accounts/keys";
import { api } from "@/accounts/rest";
import { applyLanguage, currentLanguage } from "@/base/i18n";
import { Live } from "@/base/live";
import { Loading } from "@/base/Loading";
import { SignedInContext } from "@/base/session";
import { OpeningContext } from "@/calls/conference/openingContext";
import { ApiProblem } from "@/protocol/problem";
import { SocketLink } from "@/protocol/socket";

import { CrashPage, NoServerPage } from "./Failures";
import { features } from "./features";

const feeds = features.flatMap(({ feed }) => feed ?? []);
const PUSH_AFTER_MS = 2_000;

export function SessionGate() {
  const navigate = useNavigate();
  const query = useQuery({ queryKey: keys.session, queryFn: ({ signal }) => api.session.read(signal) });
  const language = query.data?.profile.language;
  const [spoken, setSpoken] = useState<string | null>(null);

  useEffect(() => {
    if (language === undefined) return;
    void (language === currentLanguage() ? Promise.resolve() : applyLanguage(language))
      // A page that cannot fetch the catalogue goes on in the language it has.
      .catch(() => undefined)
      .then(() => setSpoken(language));
  }, [language]);

  const isStranger = query.error instanceof ApiProblem && query.error.status === 401;
  useEffect(() => {
    if (!isStranger) return;
    // Read once, from the address itself: the router's location changes while we leave.
    const { pathname, search } = window.location;
    const isHome = pathname === "/" || pathname === "/conferencing";
    void navigate({ to: "/auth/login", search: isHome ? {} : { next: pathname + search }, replace: true });
  }, [isStranger, navigate]);

  if (isStranger) return <Loading />;
  if (query.data === undefined) {
    if (query.error instanceof ApiProblem && query.error.isTransient) return <NoServerPage onRetry={() => void query.refetch()} />;
    return query.isError ? <CrashPage /> : <Loading />;
  }
  if (spoken === null) return <Loading />;
  return <LiveGate key={query.data.session_id} />;
}

function LiveGate() {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const { data: session } = useQuery({ queryKey: keys.session, queryFn: () => api.session.read() });
  const selfId = session?.person.id ?? "";
  const opening = useContext(OpeningContext);
  const live = useMemo(() => new Live(cache, selfId, opening?.takeSocket() ?? new SocketLink(), feeds), [cache, selfId, opening]);

  useEffect(() => {
    const stopListening = live.onRevoked(() => {
      // Ask once more: a refused socket may be a server that is only starting.
      void cache.invalidateQueries({ queryKey: keys.session });
    });
    live.start();
    return () => {
      stopListening();
      live.stop();
    };
  }, [live, cache]);

  useEffect(() => {
    // A call's window has other things to do; elsewhere it comes after what the page itself needs.
    if (selfId === "" || opening !== null) return;
    const soon = setTimeout(() => {
      void import("@/notifications/push").then(({ startPush }) => startPush(selfId, (url) => void navigate({ href: url }))).catch(() => undefined);
    }, PUSH_AFTER_MS);
    return () => clearTimeout(soon);
  }, [selfId, opening, navigate]);

  const value = useMemo(() => (session === undefined ? null : { session, live }), [session, live]);
  if (value === null) return <Loading />;
  return (
    <SignedInContext value={value}>
      <Outlet />
    </SignedInContext>
  );
}
