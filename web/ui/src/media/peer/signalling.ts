/** What a call needs of the socket; the application's SocketLink fits, and so does a stand-in in a test. */
import type { SocketLink } from "@/protocol/socket";

export type Signalling = Pick<SocketLink, "command" | "hint" | "on" | "onReady" | "onState" | "linkState" | "renew">;
