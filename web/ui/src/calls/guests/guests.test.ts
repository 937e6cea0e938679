import { describe, expect, it } from "vitest";

import { linkOf } from "./door";
import { withoutPictures } from "./pictures";

describe("the guest's page", () => {
  it("finds the link's secret in the address and nothing else", () => {
    expect(linkOf(`#cgl_${"a".repeat(43)}`)).toBe(`cgl_${"a".repeat(43)}`);
    expect(linkOf("")).toBeNull();
    expect(linkOf("#cgl_<script>")).toBeNull();
    expect(linkOf(`#ces_${"a".repeat(43)}`)).toBeNull();
  });

  it("asks for nobody's picture", () => {
    const heard = { participant: { name: "Anna", avatar_url: "/a" }, list: [{ avatar_url: "/b", n: 1 }] };
    expect(withoutPictures(heard)).toEqual({ participant: { name: "Anna", avatar_url: null }, list: [{ avatar_url: null, n: 1 }] });
  });
});
