/** What accounts put into the application. */
import type { Feature } from "@/base/feature";

import { AccountsFeed } from "./feed";
import { routes } from "./routes";
import { useTabs } from "./useTabs";

export const accounts = {
  feed: AccountsFeed,
  routes,
  useTabs,
} satisfies Feature;
