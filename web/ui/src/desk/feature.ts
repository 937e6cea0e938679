/** What the desk puts into the application. */
import { lazy } from "react";

import { profilePanels } from "@/accounts/slots";
import type { Feature } from "@/base/feature";
import { places } from "@/conversations/slots";

import { DeskFeed } from "./feed";
import { placeOfVisit } from "./places";

export const desk: Feature = {
  feed: DeskFeed,
  fillings: [
    places.filledWith(placeOfVisit),
    profilePanels.filledWith(lazy(() => import("./home/ChannelsPanel").then(({ ChannelsPanel }) => ({ default: ChannelsPanel })))),
  ],
};
