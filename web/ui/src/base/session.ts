/** Who is signed in, and the live data of this page. */
import { createContext, useContext } from "react";

import type { SessionState } from "@/protocol/people";

import type { AnyFeed, FeedHost } from "./feed";
import type { Live } from "./live";

export interface SignedIn {
  session: SessionState;
  live: Live;
}

export const SignedInContext = createContext<SignedIn | null>(null);

export function useSignedIn(): SignedIn {
  const value = useContext(SignedInContext);
  if (value === null) throw new Error("used outside of SessionGate");
  return value;
}

export function useSession(): SessionState {
  return useSignedIn().session;
}

export function useLive(): Live {
  return useSignedIn().live;
}

/** What the page keeps of a feature: its feed. */
export function useFeed<F extends AnyFeed>(type: new (host: FeedHost) => F): F {
  return useLive().feed(type);
}

/** Whether the person may do something, by the server's name for it; the server checks again. */
export function useMay(permission: string): boolean {
  return useSession().permissions.includes(permission);
}
