import { describe, expect, it } from "vitest";

import { arrange, type ArrangementWishes } from "@/calls/conference/arrangement";
import type { Participant } from "@/protocol/conferences";

import { countTiles, divide, layOut, layOutStrip } from "./layout";

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
      for (let count = 1; count <= 49; count += 1) {
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
  guest: false,
  audio: true,
  video: true,
  joined_at_ms,
  left_at_ms: null,
  hand_raised_at_ms: null,
  muted_by: null,
});

describe("a page", () => {
  it("holds up to 49 tiles on a large screen, and eight on a phone", () => {
    expect(countTiles(2500, 1300, 8)).toBe(49);
    expect(countTiles(374, 690, 8)).toBe(8);
    expect(countTiles(10, 10, 8)).toBe(1);
  });
});

describe("a strip", () => {
  it.each([
    [1256, 660, false],
    [374, 690, true],
    [844, 250, false],
  ])("beside the large picture of a stage of %i x %i takes nothing of it", (width, height, upright) => {
    const areas = divide(width, height, 8);
    expect(areas.upright).toBe(upright);
    for (const box of layOutStrip(areas.capacity, areas, 8)) {
      if (upright) expect(box.y).toBeGreaterThanOrEqual(areas.large.height + 7.9);
      else expect(box.x).toBeGreaterThanOrEqual(areas.large.width + 7.9);
      expect(box.x + box.width).toBeLessThanOrEqual(width + 0.01);
      expect(box.y + box.height).toBeLessThanOrEqual(height + 0.01);
    }
    expect(areas.large.width * areas.large.height).toBeGreaterThan(0.6 * width * height);
  });
});

describe("who is shown", () => {
  const many = Array.from({ length: 15 }, (_, index) => person(`p${index}`, index));
  const show = (participants: Participant[], wishes: Partial<ArrangementWishes> = {}) => {
    const { large, rest, ...others } = arrange({
      participants,
      screens: new Set(),
      selfId: "me",
      speakerId: null,
      layout: "auto",
      pin: null,
      capacity: () => 12,
      page: 0,
      ...wishes,
    });
    return { large: large.map(({ key }) => key), rest: rest.map(({ key }) => key), ...others };
  };
  const three = [person("b", 3), person("me", 1), person("a", 2)];

  it("in a call of two is the other one; one's own picture floats", () => {
    const { rest, floating } = show([person("me", 1), person("you", 2)]);
    expect([rest, floating?.id]).toEqual([["you camera"], "me"]);
  });

  it("are all in a call of three, oneself last", () => {
    expect(show(three)).toMatchObject({ large: [], rest: ["a camera", "b camera", "me camera"], floating: null, pages: 1 });
  });

  it("are as many as fit, page by page, and oneself on all of them", () => {
    const first = show(many, { selfId: "p0" });
    expect([first.rest.length, first.pages, first.floating?.id]).toEqual([12, 2, "p0"]);
    const last = show(many, { selfId: "p0", page: 7 });
    expect([last.rest, last.page]).toEqual([["p13 camera", "p14 camera"], 1]);
  });

  it("large are the screens of others, several at once, with everybody beside them", () => {
    const { large, rest } = show(three, { screens: new Set(["a", "b"]) });
    expect(large).toEqual(["a screen", "b screen"]);
    expect(rest).toEqual(["a camera", "b camera", "me camera"]);
  });

  it("is one's own screen small", () => {
    const { large, rest } = show(three, { screens: new Set(["me"]) });
    expect([large, rest[0]]).toEqual([[], "me screen"]);
  });

  it("large is what one pinned, before all else, and it is forgotten with who left", () => {
    expect(show(three, { screens: new Set(["a"]), pin: "b camera" }).large).toEqual(["b camera"]);
    expect(show(three, { pin: "gone camera" }).large).toEqual([]);
  });

  it("large is who spoke last, and nobody beside it moves", () => {
    const one = show(three, { layout: "speaker", speakerId: "b" });
    const other = show(three, { layout: "speaker", speakerId: "a" });
    expect([one.large, other.large]).toEqual([["b camera"], ["a camera"]]);
    expect(one.rest).toEqual(other.rest);
  });

  it("are all alike in the grid, screens too", () => {
    expect(show(three, { layout: "grid", screens: new Set(["a"]) })).toMatchObject({ large: [], rest: ["a screen", "a camera", "b camera", "me camera"] });
  });
});
