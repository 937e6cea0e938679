/** Where the server is. */
import type { LoaderConfig } from "./config";

/**
 * The address that the loader came from, if that is one of the server's own for it; else what the server wrote into it, because
 * caches, optimizers and bundlers keep copies of the loader in other places.
 */
export function findServer(src: string, { key, origin }: Pick<LoaderConfig, "key" | "origin">): string {
  if (src === "") return origin;
  const { origin: from, pathname } = new URL(src);
  return pathname === `/loader/${key}` || pathname === "/widget.js" ? from : origin;
}
