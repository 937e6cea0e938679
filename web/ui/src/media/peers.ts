/**
 * Peer connections, made in one way and listed for tests.
 *
 * `window.__centralaPeers` is a door for tests: the open connections of this page, each with its direction, so that a
 * test can ask getStats() for what really arrives. Nothing of the product reads it.
 */
import type { IceServer } from "@/protocol/types";

export type Direction = "publish" | "receive";

export type TaggedPeer = RTCPeerConnection & { direction: Direction };

declare global {
  interface Window {
    __centralaPeers?: TaggedPeer[];
  }
}

/** The server's list as the browser wants it: no nulls. */
export function toIceServers(servers: readonly IceServer[]): RTCIceServer[] {
  return servers.map(({ urls, username, credential }) => ({
    urls,
    ...(username != null && { username }),
    ...(credential != null && { credential }),
  }));
}

export function openPeer(direction: Direction, servers: readonly IceServer[]): TaggedPeer {
  const peer = Object.assign(
    new RTCPeerConnection({ iceServers: toIceServers(servers), bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" }),
    { direction },
  );
  window.__centralaPeers = [...(window.__centralaPeers ?? []), peer];
  return peer;
}

export function closePeer(peer: TaggedPeer): void {
  peer.close();
  window.__centralaPeers = (window.__centralaPeers ?? []).filter((other) => other !== peer);
}
