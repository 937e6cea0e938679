/** The doors of notices by web push, and their types by name. */
import type { components } from "@/protocol/generated/schema";
import { request } from "@/protocol/rest";

type Schemas = components["schemas"];

export type Ring = Schemas["Profile"]["ring"];
export type PushSubscriptionBody = Schemas["PushSubscriptionBody"];
export type PushTrial = Schemas["PushTrial"];

export const api = {
  push: {
    key: () => request<{ key: string }>("GET", "push/key"),
    add: (body: PushSubscriptionBody) => request<undefined>("PUT", "push/subscription", { json: body }),
    remove: (endpoint: string) => request<undefined>("POST", "push/subscription/removal", { json: { endpoint } }),
    tryOut: (endpoint: string) => request<PushTrial>("POST", "push/trial", { json: { endpoint } }),
  },
};
