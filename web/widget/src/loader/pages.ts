/**
 * Tells of pages that change without loading: single-page sites write the history themselves.
 *
 * How it works: the Navigation API says so where it is there; elsewhere the address is looked at each second. The page's own
 * functions are not replaced, so that no framework meets them.
 */
import { clean } from "./clean";
import type { HostPage } from "./protocol";

const LOOK_EVERY_MS = 1_000;
/** Frameworks write the title after the address. */
const TITLE_AFTER_MS = 150;

export function readPage(title: string): HostPage {
  const { origin, pathname, search, hash } = window.location;
  return { url: clean(origin + pathname + search + hash, 2_000), title: clean(title, 200) };
}

export function watchPages(onChange: () => void): void {
  let known = window.location.href;
  const look = () => {
    if (window.location.href === known) return;
    known = window.location.href;
    setTimeout(onChange, TITLE_AFTER_MS);
  };
  // An element with this id answers to the name where there is no such API.
  const { navigation } = window as { navigation?: EventTarget & { currentEntry?: unknown } };
  if (navigation?.currentEntry) navigation.addEventListener("currententrychange", look);
  else setInterval(look, LOOK_EVERY_MS);
}
