/** The pages of the desk and their addresses. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { shell, type FeatureRoutes } from "@/base/routes";

const desk = createRoute({
  getParentRoute: () => shell,
  path: "/desk",
  component: lazyRouteComponent(() => import("./DeskPage"), "DeskPage"),
});
const visit = createRoute({ getParentRoute: () => desk, path: "$visitId" });
const supervision = createRoute({
  getParentRoute: () => shell,
  path: "/supervision",
  component: lazyRouteComponent(() => import("./supervision/SupervisionPage"), "SupervisionPage"),
});
const agentHome = createRoute({
  getParentRoute: () => shell,
  path: "/home",
  component: lazyRouteComponent(() => import("./home/HomePage"), "HomePage"),
});

export const routes = {
  shell: [desk.addChildren([visit]), supervision, agentHome],
} satisfies FeatureRoutes;
