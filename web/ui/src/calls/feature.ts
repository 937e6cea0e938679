/** What calls put into the application. */
import { lazy } from "react";

import type { Feature } from "@/base/feature";
import { detailsOfPeople, messageContents } from "@/conversations/slots";

import { CallsFeed } from "./feed";
import { isRecording } from "./recordings/recording";
import { routes } from "./routes";

export const calls = {
  feed: CallsFeed,
  fillings: [
    messageContents.filledWith({
      matches: isRecording,
      Content: lazy(() => import("./recordings/RecordingCard").then(({ RecordingCard }) => ({ default: RecordingCard }))),
    }),
    detailsOfPeople.filledWith(lazy(() => import("./lobby/InviteByLink").then(({ InviteByLink }) => ({ default: InviteByLink })))),
  ],
  routes,
} satisfies Feature;
