// @vitest-environment node
import { expect, test } from "vitest";

import { GROUND, LAYERS } from "./layers.js";
import { checkTable, judge } from "./layersRule.js";

const table = {
  ground: ["base"],
  floor: ["rest"],
  top: "app",
  layers: {
    base: { folders: { parts: {} } },
    files: {},
    calls: { imports: ["files"], floor: ["view"], folders: { stage: {}, page: { imports: ["stage"] } } },
  },
};
const judged = (from, to) => judge(from, to, table);

test("the table has no circles", () => {
  expect(() => checkTable(LAYERS, GROUND)).not.toThrow();
  expect(() => checkTable({ a: { imports: ["b"] }, b: {} }, [])).toThrow('"b" stands not above');
});

test("a feature imports the ground and what its entry lists, and nothing else", () => {
  expect(judged("calls/a.ts", "base/b")).toBeNull();
  expect(judged("calls/stage/a.ts", "files/b")).toBeNull();
  expect(judged("files/a.ts", "calls/b")).toContain('"files" may not import "calls"');
  expect(judged("base/a.ts", "files/b")).toContain('"base" may not import "files"');
});

test("the top imports all and is imported by the page's beginning alone", () => {
  expect(judged("app/a.ts", "calls/stage/b")).toBeNull();
  expect(judged("main.ts", "app/a")).toBeNull();
  expect(judged("calls/a.ts", "app/a")).toContain("none of them imports it");
  expect(judged("calls/a.ts", "main")).toContain("begins the page");
});

test("a folder that is not named is refused, as the one that imports and as the one that is imported", () => {
  expect(judged("tasks/a.ts", "base/b")).toContain("tasks is not in");
  expect(judged("app/a.ts", "tasks/b")).toContain("tasks is not in");
  expect(judged("calls/new/a.ts", "base/b")).toContain("calls/new is not in");
  expect(judged("calls/new/a.ts", "calls/new/b")).toContain("calls/new is not in");
  expect(judged("calls/a.ts", "calls/new/b")).toContain("calls/new is not in");
});

test("doors open down: a root imports its subfolders, a subfolder only the floor", () => {
  expect(judged("calls/a.ts", "calls/stage/b")).toBeNull();
  expect(judged("calls/stage/b.ts", "calls/view")).toBeNull();
  expect(judged("calls/stage/b.ts", "calls/rest")).toBeNull();
  expect(judged("calls/stage/b.ts", "calls/a")).toContain("only the floor");
  expect(judged("calls/view.ts", "calls/stage/b")).toContain("imports no subfolder");
  expect(judged("calls/rest.ts", "calls/stage/b")).toContain("imports no subfolder");
});

test("folders beside each other import as their entries say", () => {
  expect(judged("calls/page/a.tsx", "calls/stage/b")).toBeNull();
  expect(judged("calls/stage/b.tsx", "calls/page/a")).toContain('"stage" may not import "page"');
});
