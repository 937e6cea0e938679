/** Where pages hang: the bare roots of the tree of routes. Each feature hangs its pages on them, and `app/router.tsx` draws their frames. */
import { createRootRoute, createRoute, type AnyRoute } from "@tanstack/react-router";

export const root = createRootRoute();
/** Behind sign-in: the session, the socket and what they feed. */
export const signedIn = createRoute({ getParentRoute: () => root, id: "signed-in" });
/** Within the frame of tabs. */
export const shell = createRoute({ getParentRoute: () => signedIn, id: "shell" });

/** The pages of a feature, by what they hang on. */
export interface FeatureRoutes {
  root?: readonly AnyRoute[];
  signedIn?: readonly AnyRoute[];
  shell?: readonly AnyRoute[];
}

/** A text of an address's search; an empty one says nothing. */
export function readText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
