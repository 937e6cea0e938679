import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { describe, expect, it } from "vitest";

import { describeModel } from "./model";

const PATH = createRequire(import.meta.url).resolve("@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite");

/** Read a table of a flatbuffer: the address of a field, or null. */
function reader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const follow = (at: number) => at + view.getUint32(at, true);
  const field = (table: number, slot: number) => {
    const shape = table - view.getInt32(table, true);
    const offset = 4 + 2 * slot < view.getUint16(shape, true) ? view.getUint16(shape + 4 + 2 * slot, true) : 0;
    return offset === 0 ? null : table + offset;
  };
  const vector = (table: number, slot: number) => {
    const at = follow(field(table, slot) ?? 0);
    return Array.from({ length: view.getUint32(at, true) }, (_, index) => at + 4 + 4 * index);
  };
  return { view, follow, field, vector };
}

describe("the model that finds people", () => {
  const before = new Uint8Array(readFileSync(PATH));
  const after = describeModel(before);

  it("keeps every byte it had, at the same alignment", () => {
    const shift = after.length - before.length;
    expect(shift % 64).toBe(0);
    expect(Buffer.compare(after.subarray(shift), before)).toBe(0);
  });

  it("has its buffers, and the description in one more", () => {
    const [old, now] = [reader(before), reader(after)];
    const [oldRoot, root] = [old.follow(0), now.follow(0)];
    const buffers = now.vector(root, 4);
    expect(buffers.length).toBe(old.vector(oldRoot, 4).length + 1);
    const shift = after.length - before.length;
    expect(buffers.slice(0, -1).map(now.follow)).toEqual(old.vector(oldRoot, 4).map((at) => old.follow(at) + shift));
    const metadata = now.follow(now.vector(root, 6)[0] ?? 0);
    expect(now.view.getUint32(now.field(metadata, 1) ?? 0, true)).toBe(buffers.length - 1);
    const data = now.follow(now.field(now.follow(buffers.at(-1) ?? 0), 0) ?? 0);
    expect(new TextDecoder().decode(after.subarray(data + 8, data + 12))).toBe("M001");
    const inside = reader(after.slice(data + 4, data + 4 + now.view.getUint32(data, true)));
    const subgraph = inside.follow(inside.vector(inside.follow(0), 3)[0] ?? 0);
    const input = inside.follow(inside.vector(subgraph, 2)[0] ?? 0);
    const unit = inside.follow(inside.vector(input, 4)[0] ?? 0);
    const normalisation = inside.follow(inside.field(unit, 1) ?? 0);
    expect(inside.view.getFloat32(inside.vector(normalisation, 0)[0] ?? 0, true)).toBe(0);
    expect(inside.view.getFloat32(inside.vector(normalisation, 1)[0] ?? 0, true)).toBe(255);
  });

  it("is refused when it is another one", () => {
    expect(() => describeModel(new Uint8Array(64))).toThrow();
    expect(() => describeModel(after)).toThrow();
  });
});
