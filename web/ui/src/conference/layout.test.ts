import { describe, expect, it } from "vitest";

import type { Participant } from "@/protocol/types";

import { layOut } from "./layout";
import { arrangeTiles, MAX_TILES } from "./tiles";

const columnsOf = (boxes: { x: number }[]) => new Set(boxes.map(({ x }) => Math.round(x))).size;
const rowsOf = (boxes: { y: number }[]) => new Set(boxes.map(({ y }) => Math.round(y))).size;

describe("the grid", () => {
  it.each([
    [1, 1, 1],
    [2, 2, 1],
    [4, 2, 2],
    [6, 3, 2],
    [9, 3, 3],
    [12, 4, 3],
  ])("of %i on a desktop has %i columns and %i rows", (count, columns, rows) => {
    const boxes = layOut(count, 1256, 660, 8);
    expect([columnsOf(boxes), rowsOf(boxes)]).toEqual([columns, rows]);
  });

  it.each([
    [2, 1, 2],
    [3, 1, 3],
    [6, 2, 3],
    [8, 2, 4],
  ])("of %i on an upright phone has %i columns and %i rows", (count, columns, rows) => {
    const boxes = layOut(count, 374, 690, 8);
    expect([columnsOf(boxes), rowsOf(boxes)]).toEqual([columns, rows]);
  });

  it("keeps every tile inside, equal in size and apart from the others", () => {
    for (const [width, height] of [[1256, 660], [374, 690], [844, 250], [2500, 1300]] as const) {
      for (let count = 1; count <= MAX_TILES; count += 1) {
        const boxes = layOut(count, width, height, 8);
        expect(boxes).toHaveLength(count);
        for (const [index, box] of boxes.entries()) {
          expect(box.x).toBeGreaterThanOrEqual(-0.01);
          expect(box.y).toBeGreaterThanOrEqual(-0.01);
          expect(box.x + box.width).toBeLessThanOrEqual(width + 0.01);
          expect(box.y + box.height).toBeLessThanOrEqual(height + 0.01);
          for (const other of boxes.slice(index + 1)) {
            const apart = other.x >= box.x + box.width + 7.9 || other.y >= box.y + box.height + 7.9;
            expect(apart).toBe(true);
          }
        }
      }
    }
  });

  it("centres a last row that is not full", () => {
    const boxes = layOut(3, 1256, 660, 8);
    expect(boxes[2]!.x + boxes[2]!.width / 2).toBeCloseTo(628);
  });

  it("is empty while there is no room", () => {
    expect(layOut(3, 0, 0, 8)).toEqual([]);
    expect(layOut(0, 100, 100, 8)).toEqual([]);
  });
});

const person = (id: string, joined_at_ms: number): Participant => ({
  id,
  person_id: `person-${id}`,
  name: id,
  avatar_url: null,
  audio: true,
  video: true,
  joined_at_ms,
  left_at_ms: null,
});

describe("who gets a tile", () => {
  const many = Array.from({ length: 15 }, (_, index) => person(`p${index}`, index));

  it("in a call of two is the other one; one's own picture floats", () => {
    const { grid, floating } = arrangeTiles([person("me", 1), person("you", 2)], "me", null);
    expect([grid.map(({ id }) => id), floating?.id]).toEqual([["you"], "me"]);
  });

  it("are all in a call of three, oneself last", () => {
    const { grid, floating } = arrangeTiles([person("b", 3), person("me", 1), person("a", 2)], "me", null);
    expect([grid.map(({ id }) => id), floating]).toEqual([["a", "b", "me"], null]);
  });

  it("are eleven of fifteen, and the rest is counted", () => {
    const { grid, hidden } = arrangeTiles(many, "p0", null);
    expect([grid.length, hidden]).toEqual([11, 4]);
    expect(grid.at(-1)!.id).toBe("p0");
  });

  it("include whoever speaks", () => {
    const { grid, hidden } = arrangeTiles(many, "p0", "p14");
    expect(grid.map(({ id }) => id)).toContain("p14");
    expect([grid.length, hidden]).toEqual([11, 4]);
  });
});
