/** The socket as a test plays it, and live data over it. */
import { QueryClient } from "@tanstack/react-query";
import { vi } from "vitest";

import { ANNA } from "@/protocol/fixtures";
import type { LinkState, SocketLink } from "@/protocol/socket";

import type { FeedType } from "./feed";
import { Live } from "./live";

export class FakeSocket {
  linkState: LinkState = "online";
  open = vi.fn();
  close = vi.fn();
  ready: () => void = () => undefined;
  refuse: (problem: { status: number }) => void = () => undefined;
  tell: (name: string, payload: unknown) => void = () => undefined;
  onState = () => () => undefined;
  onRefused = (listener: (problem: { status: number }) => void) => {
    this.refuse = listener;
    return () => undefined;
  };
  onReady = (listener: () => void) => {
    this.ready = listener;
    return () => undefined;
  };
  onAny = (listener: (name: string, payload: unknown) => void) => {
    this.tell = listener;
    return () => undefined;
  };
  command = vi.fn();
}

/** Anna's page, with these feeds, online for the first time. */
export function startLive(...types: FeedType[]): { cache: QueryClient; socket: FakeSocket; live: Live } {
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  const socket = new FakeSocket();
  const live = new Live(cache, ANNA, socket as unknown as SocketLink, types);
  live.start();
  return { cache, socket, live };
}
