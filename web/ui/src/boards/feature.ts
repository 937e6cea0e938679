/** What boards put into the application. */
import { lazy } from "react";

import type { Feature } from "@/base/feature";
import { viewerActions } from "@/files/slots";

import { BoardsFeed } from "./feed";
import { routes } from "./routes";

export const boards = {
  feed: BoardsFeed,
  fillings: [viewerActions.filledWith(lazy(() => import("./DrawOnIt").then(({ DrawOnIt }) => ({ default: DrawOnIt }))))],
  routes,
} satisfies Feature;
