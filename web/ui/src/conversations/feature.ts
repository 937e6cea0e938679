/** What conversations put into the application. */
import type { Feature } from "@/base/feature";

import { ConversationsFeed } from "./feed";

export const conversations: Feature = { feed: ConversationsFeed };
