/** The pages of calls and their addresses. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { root, shell, signedIn, type FeatureRoutes } from "@/base/routes";

const help = createRoute({
  getParentRoute: () => root,
  path: "/help/conference",
  component: lazyRouteComponent(() => import("./help/ConferenceHelpPage"), "ConferenceHelpPage"),
});
const conference = createRoute({
  getParentRoute: () => signedIn,
  path: "/conference/$conversationId",
  component: lazyRouteComponent(() => import("./conference/ConferencePage"), "ConferencePage"),
});
const connection = createRoute({
  getParentRoute: () => shell,
  path: "/help/connection",
  component: lazyRouteComponent(() => import("./help/ConnectionPage"), "ConnectionPage"),
});

export const routes = {
  root: [help],
  signedIn: [conference],
  shell: [connection],
} satisfies FeatureRoutes;
