/** What conversations put into the application. */
import type { Feature } from "@/base/feature";

import { ConversationsFeed } from "./feed";
import { routes } from "./routes";
import { useTabs } from "./useTabs";

export const conversations = {
  feed: ConversationsFeed,
  routes,
  useTabs,
} satisfies Feature;
