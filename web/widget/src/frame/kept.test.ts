import { afterEach, describe, expect, it } from "vitest";

import { Cupboard, subjectOf } from "./kept";

// {"alg":"HS256"} . {"sub":"żółw-7","exp":1} . nothing
const IDENTITY = `eyJhbGciOiJIUzI1NiJ9.${btoa(String.fromCharCode(...new TextEncoder().encode('{"sub":"żółw-7","exp":1}')))}.x`;

afterEach(() => localStorage.clear());

describe("subjectOf", () => {
  it("reads whom an identity names", () => expect(subjectOf(IDENTITY)).toBe("żółw-7"));
  it("reads nobody out of anything else", () => {
    for (const text of [undefined, "", "a", "a.b.c", "a.bnVsbA.c", `a.${btoa('{"sub":7}')}.c`]) expect(subjectOf(text)).toBe("");
  });
});

describe("Cupboard", () => {
  it("keeps whom the site knows and whom it does not apart", () => {
    const nobody = new Cupboard("key");
    const somebody = new Cupboard("key", "klient-7");
    nobody.visitor = { token: "cev_a", visitor_id: "1" };
    expect(somebody.visitor).toBeNull();
    somebody.visitor = { token: "cev_b", visitor_id: "2" };
    expect(new Cupboard("key").visitor?.token).toBe("cev_a");
    expect(new Cupboard("key", "klient-7").visitor?.token).toBe("cev_b");
    expect(new Cupboard("key", "klient-8").visitor).toBeNull();
  });
});
