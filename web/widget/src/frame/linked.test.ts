// @vitest-environment node
import { expect, test } from "vitest";

import { findLinks } from "./linked";

const hrefs = (text: string) => findLinks(text).filter(({ href }) => href !== null).map(({ href }) => href);

test("text without addresses is one piece", () => {
  expect(findLinks("Dzień dobry")).toEqual([{ text: "Dzień dobry", href: null }]);
});

test("an address ends before the sentence does", () => {
  expect(hrefs("Zobacz https://sklep.example/a?b=1, albo www.sklep.example/c.")).toEqual(["https://sklep.example/a?b=1", "https://www.sklep.example/c"]);
  expect(hrefs("(https://sklep.example/x_(1))")).toEqual(["https://sklep.example/x_(1))"]);
});

test("no other scheme becomes a link", () => {
  expect(hrefs("javascript:alert(1) data:text/html,x ftp://a.example")).toEqual([]);
});
