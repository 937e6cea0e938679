/** What files put into the application. */
import type { Feature } from "@/base/feature";

import { FilesFeed } from "./feed";

export const files = { feed: FilesFeed } satisfies Feature;
