/** The pages of conversations and their addresses. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { shell, type FeatureRoutes } from "@/base/routes";

const conferencing = createRoute({
  getParentRoute: () => shell,
  path: "/conferencing",
  component: lazyRouteComponent(() => import("./ConversationsPage"), "ConversationsPage"),
});
const conversation = createRoute({
  getParentRoute: () => conferencing,
  path: "$conversationId",
  validateSearch: (search): { seq?: number } => {
    const seq = Number(search.seq);
    return Number.isInteger(seq) && seq > 0 ? { seq } : {};
  },
});

export const routes = {
  shell: [conferencing.addChildren([conversation])],
} satisfies FeatureRoutes;
