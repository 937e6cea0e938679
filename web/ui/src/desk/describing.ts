/** A visit in a few words: whose it is, from where, in which browser. */
import i18next from "i18next";

import type { Medium, VisitorShown } from "./rest";

/** The visitor's name, else that nobody knows them (CC-072). */
export function nameOf(visitor: Pick<VisitorShown, "name" | "email">): string {
  return visitor.name || visitor.email || i18next.t("desk.unknown");
}

/** A page by its title, else by its address without what every address has. */
export function describePage(url: string, title: string): string {
  if (title !== "") return title;
  try {
    const { host, pathname } = new URL(url);
    return pathname === "/" ? host : host + pathname;
  } catch {
    return url;
  }
}

/** Only these may be linked to: a visitor's page says what its address is. */
export function linkTo(url: string): string | null {
  return /^https?:\/\//i.test(url) ? url : null;
}

export function isCall(medium: Medium): boolean {
  return medium !== "chat";
}

const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdgA?\/(\d+)/, "Edge"],
  [/\bOPR\/(\d+)/, "Opera"],
  [/\bSamsungBrowser\/(\d+)/, "Samsung Internet"],
  [/\bFirefox\/(\d+)/, "Firefox"],
  [/\bFxiOS\/(\d+)/, "Firefox"],
  [/\bCriOS\/(\d+)/, "Chrome"],
  [/\bChrome\/(\d+)/, "Chrome"],
  [/\bVersion\/(\d+).*\bSafari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\bAndroid\b/, "Android"],
  [/\b(iPhone|iPad)\b/, "iOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** "Firefox 153, Windows" of what a browser says of itself; as it stands when it says something else. */
export function describeBrowser(agent: string): string {
  const browser = BROWSERS.map(([pattern, name]) => ({ name, version: pattern.exec(agent)?.[1] })).find(({ version }) => version !== undefined);
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1];
  const parts = [browser && `${browser.name} ${browser.version ?? ""}`.trim(), system].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(", ") : agent;
}

