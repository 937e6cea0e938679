/** What the desk puts into the application. */
import { lazy } from "react";

import { profilePanels } from "@/accounts/slots";
import type { Feature } from "@/base/feature";
import { places } from "@/conversations/slots";

import { DeskFeed } from "./feed";
import { placeOfVisit } from "./places";
import { routes } from "./routes";
import { useTabs } from "./useTabs";

export const desk = {
  feed: DeskFeed,
  fillings: [
    places.filledWith(placeOfVisit),
    profilePanels.filledWith(lazy(() => import("./home/ChannelsPanel").then(({ ChannelsPanel }) => ({ default: ChannelsPanel })))),
  ],
  routes,
  useTabs,
} satisfies Feature;
