/** A browser's User-Agent as a person would say it. */

const BROWSERS: readonly [RegExp, string][] = [
  [/Edg(?:A|iOS)?\//, "Edge"],
  [/OPR\//, "Opera"],
  [/(?:Firefox|FxiOS)\//, "Firefox"],
  [/(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/Version\/.*Safari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

function nameIn(text: string, names: readonly [RegExp, string][]): string {
  return names.find(([pattern]) => pattern.test(text))?.[1] ?? "";
}

export function describeAgent(userAgent: string): { name: string; isPhone: boolean } {
  const name = [nameIn(userAgent, BROWSERS), nameIn(userAgent, SYSTEMS)].filter((part) => part !== "").join(" · ");
  return { name: name === "" ? (userAgent.split("/")[0] ?? "").slice(0, 40) : name, isPhone: /iPhone|Android.*Mobile/.test(userAgent) };
}
