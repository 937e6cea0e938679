/** What accounts put into the application. */
import type { Feature } from "@/base/feature";

import { AccountsFeed } from "./feed";

export const accounts: Feature = { feed: AccountsFeed };
