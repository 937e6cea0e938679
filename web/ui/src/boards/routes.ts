/** The pages of boards and their addresses. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { readText, signedIn, type FeatureRoutes } from "@/base/routes";

/** What a window is told that makes a new board. */
interface NewBoardSearch {
  conversation?: string;
  client?: string;
  picture?: string;
  file?: string;
  page?: number;
}

const newBoard = createRoute({
  getParentRoute: () => signedIn,
  path: "/board/new",
  component: lazyRouteComponent(() => import("./BoardPage"), "NewBoardPage"),
  validateSearch: (search): NewBoardSearch => {
    const page = Number(search.page);
    const texts = { conversation: readText(search.conversation), client: readText(search.client), picture: readText(search.picture), file: readText(search.file) };
    return { ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)), ...(Number.isInteger(page) && page > 0 && { page }) };
  },
});
const board = createRoute({
  getParentRoute: () => signedIn,
  path: "/board/$boardId",
  component: lazyRouteComponent(() => import("./BoardPage"), "BoardPage"),
});

export const routes = {
  signedIn: [newBoard, board],
} satisfies FeatureRoutes;
