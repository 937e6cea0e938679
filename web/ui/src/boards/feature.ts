/** What boards put into the application. */
import { lazy } from "react";

import type { Feature } from "@/base/feature";
import { viewerActions } from "@/files/slots";

import { BoardsFeed } from "./feed";

export const boards: Feature = {
  feed: BoardsFeed,
  fillings: [viewerActions.filledWith(lazy(() => import("./DrawOnIt").then(({ DrawOnIt }) => ({ default: DrawOnIt }))))],
};
