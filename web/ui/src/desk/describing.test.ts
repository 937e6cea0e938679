import { expect, test } from "vitest";

import { describeBrowser, describePage, linkTo } from "./describing";
import { fillTemplate } from "./filling";

test("a page is called by its title, else by its address", () => {
  expect(describePage("https://sklep.pl/buty?x=1", "Buty zimowe")).toBe("Buty zimowe");
  expect(describePage("https://sklep.pl/buty?x=1", "")).toBe("sklep.pl/buty");
  expect(describePage("https://sklep.pl/", "")).toBe("sklep.pl");
  expect(describePage("nowhere", "")).toBe("nowhere");
});

test("what a visitor's page calls its address is linked to only when it is one of the web", () => {
  expect(linkTo("https://sklep.pl/")).toBe("https://sklep.pl/");
  expect(linkTo("javascript:alert(1)")).toBeNull();
  expect(linkTo("data:text/html,x")).toBeNull();
});

test("a browser is named with its version and system", () => {
  const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0";
  const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
  const edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0";
  expect([firefox, safari, edge, "curl/8"].map(describeBrowser)).toEqual(["Firefox 153, Windows", "Safari 18, iOS", "Edge 156, Windows", "curl/8"]);
});

test("variables of a ready text are filled, and one without a value goes (feature BEY-056)", () => {
  expect(fillTemplate("Dzień dobry {{client}}, tu {{ agent }}.", { client: "Ewa", agent: "Anna" })).toBe("Dzień dobry Ewa, tu Anna.");
  expect(fillTemplate("Dzień dobry {{client}}, tu {{ agent }}.", { agent: "Anna" })).toBe("Dzień dobry, tu Anna.");
});
