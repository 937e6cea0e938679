import { describe, expect, it } from "vitest";

import { isCheckedFirst, setCheckFirst } from "./checkFirst";

function store() {
  const values = new Map<string, string>();
  return { getItem: (key: string) => values.get(key) ?? null, setItem: (key: string, value: string) => void values.set(key, value) };
}

describe("looking at the devices before a call", () => {
  it("is left out until somebody wants it", () => {
    const storage = store();
    expect(isCheckedFirst("", storage)).toBe(false);
    expect(isCheckedFirst("?check=1", storage)).toBe(true);
    setCheckFirst(true, storage);
    expect(isCheckedFirst("", storage)).toBe(true);
    expect(isCheckedFirst("?check=0", storage)).toBe(false);
  });

  it("is never in the way of an answered ring", () => {
    const storage = store();
    setCheckFirst(true, storage);
    expect(isCheckedFirst("?conference=k1", storage)).toBe(false);
    expect(isCheckedFirst("?answering=1", storage)).toBe(false);
  });
});
