/** What the settings put into the application. */
import { lazy } from "react";

import type { Feature } from "@/base/feature";
import { homeFoot } from "@/desk/slots";

import { SettingsFeed } from "./feed";
import { routes } from "./routes";

export const settings = {
  feed: SettingsFeed,
  fillings: [homeFoot.filledWith(lazy(() => import("./start/SetupBar").then(({ SetupBar }) => ({ default: SetupBar }))))],
  routes,
} satisfies Feature;
