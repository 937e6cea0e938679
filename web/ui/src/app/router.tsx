/** The tree of all pages: those of the features, the frames they stand in, and what is shown when there is none. */
import { createRoute, createRouter, Outlet } from "@tanstack/react-router";

import { Loading } from "@/base/Loading";
import { root, shell, signedIn, type FeatureRoutes } from "@/base/routes";

import { CrashPage, MissingPage } from "./Failures";
import { features, type typedFeatures } from "./features";
import { FirstPage } from "./FirstPage";
import { SessionGate } from "./SessionGate";
import { Shell } from "./Shell";

root.update({ component: Outlet, notFoundComponent: MissingPage });
signedIn.update({ component: SessionGate });
shell.update({ component: Shell });

const home = createRoute({ getParentRoute: () => shell, path: "/", component: FirstPage });

type Place = keyof FeatureRoutes;
type RoutesOf<F, P extends Place> = F extends { routes: Record<P, readonly (infer R)[]> } ? R : never;
type RoutesAt<P extends Place> = RoutesOf<(typeof typedFeatures)[number], P>[];

const routesAt = <P extends Place>(place: P) => features.flatMap(({ routes }) => routes?.[place] ?? []) as RoutesAt<P>;

export const router = createRouter({
  routeTree: root.addChildren([
    ...routesAt("root"),
    signedIn.addChildren([...routesAt("signedIn"), shell.addChildren([home, ...routesAt("shell")])]),
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: Loading,
  defaultErrorComponent: CrashPage,
  defaultNotFoundComponent: MissingPage,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
