import { expect, test } from "vitest";

import { begunSnippet, suggestSnippets, type Snippet } from "./snippets";

const SNIPPETS: Snippet[] = [
  { id: "1", shortcut: "cennik", name: "Cennik usług", text: "Cennik jest na stronie" },
  { id: "2", shortcut: "", name: "Łagodne pożegnanie", text: "Miłego dnia" },
  { id: "3", shortcut: "dzien", name: "Dzień dobry", text: "Dzień dobry!" },
];

test("a shortcut begins with a slash at the beginning or after a space (feature CC-166)", () => {
  expect(begunSnippet("/cen", 4)).toEqual({ at: 0, query: "cen" });
  expect(begunSnippet("Proszę /", 8)).toEqual({ at: 7, query: "" });
  expect(begunSnippet("https://x.pl", 12)).toBeNull();
  expect(begunSnippet("1/2", 3)).toBeNull();
});

test("what is found by its shortcut comes before what is found by its name", () => {
  expect(suggestSnippets("", SNIPPETS).map((one) => one.id)).toEqual(["1", "3", "2"]);
  expect(suggestSnippets("lag", SNIPPETS).map((one) => one.id)).toEqual(["2"]);
  expect(suggestSnippets("dzie", SNIPPETS).map((one) => one.id)).toEqual(["3"]);
  expect(suggestSnippets("xyz", SNIPPETS)).toEqual([]);
});
