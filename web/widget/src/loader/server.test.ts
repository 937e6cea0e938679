// @vitest-environment node
import { expect, test } from "vitest";

import { clean } from "./clean";
import { findServer } from "./server";

const OURS = { key: "0190-k", origin: "https://czat.example" };

test.each([
  ["https://czat.example/loader/0190-k", "https://czat.example"],
  ["http://127.0.0.1:8080/widget.js?key=0190-k", "http://127.0.0.1:8080"],
  ["https://sklep.example/wp-content/cache/loader-copy.js", "https://czat.example"],
  ["https://sklep.example/wp-content/cache/czat.example/loader/0190-k", "https://czat.example"],
  ["https://sklep.example/loader/another", "https://czat.example"],
  ["blob:https://sklep.example/5f0c", "https://czat.example"],
  ["data:text/javascript,0", "https://czat.example"],
  ["", "https://czat.example"],
])("a loader from %s finds its server at %s", (src, wanted) => {
  expect(findServer(src, OURS)).toBe(wanted);
});

test("what a page says of itself is one line of whole characters, however it was meant", () => {
  expect(clean("Pompa\u000bP1\r\n", 200)).toBe("Pompa P1");
  expect(clean("Promocja \ud83d", 200)).toBe("Promocja");
  expect(clean(`${"x".repeat(199)}😀`, 200)).toBe("x".repeat(199));
  expect(clean("a\u0085b\u0000😀", 200)).toBe("a b 😀");
  expect(clean({ toString: () => "form" }, 200)).toBe("");
  expect(clean(undefined, 200)).toBe("");
});
