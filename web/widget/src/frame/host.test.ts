import { expect, test, vi } from "vitest";

import { wrap, type ToFrame } from "../loader/protocol";
import { Host } from "./host";

const HELLO: ToFrame = { type: "hello", page: { url: "https://sklep.example/", title: "Sklep" }, language: "pl", params: { name: "Ala", identity: "x".repeat(5_000) }, shown: true, trigger: "", phone: false };

function embed() {
  const parent = { postMessage: vi.fn() };
  const listeners: ((event: MessageEvent) => void)[] = [];
  const self = { parent, addEventListener: (_: string, listener: (event: MessageEvent) => void) => listeners.push(listener) };
  const host = new Host("k1", self as unknown as Window);
  const greeting = vi.fn();
  void host.greet().then(greeting);
  const hear = async (message: unknown, origin = "https://sklep.example", source: unknown = parent, key = "k1") => {
    for (const listener of listeners) listener({ data: wrap(key, message), origin, source } as MessageEvent);
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { host, parent, greeting, hear };
}

test("the frame says only that it is ready before it knows whose page it is in", () => {
  const { host, parent } = embed();
  host.tell({ type: "unread", count: 3 });
  expect(parent.postMessage.mock.calls).toEqual([[wrap("k1", { type: "ready" }), "*"]]);
});

test("only the parent is believed, for this widget, and after the greeting only its origin", async () => {
  const { host, greeting, hear } = embed();
  await hear(HELLO, "https://sklep.example", window);
  await hear(HELLO, "https://sklep.example", undefined, "another");
  await hear({ type: "shown", shown: false, focus: false, phone: false });
  expect(greeting).not.toHaveBeenCalled();
  await hear(HELLO);
  expect(greeting).toHaveBeenCalledOnce();
  await hear({ type: "page", page: { url: "https://evil.example/", title: "" } }, "https://evil.example");
  expect(host.state.get().page).toEqual({ url: "https://sklep.example/", title: "Sklep" });
  await hear({ type: "page", page: { url: "https://sklep.example/2", title: "Doniczki" } });
  expect(host.state.get().page).toEqual({ url: "https://sklep.example/2", title: "Doniczki" });
});

test("answers go to the origin that greeted, and to no other", async () => {
  const { host, parent, hear } = embed();
  await hear(HELLO);
  host.tell({ type: "unread", count: 3 });
  expect(parent.postMessage).toHaveBeenLastCalledWith(wrap("k1", { type: "unread", count: 3 }), "https://sklep.example");
});

test("what a page says of its visitor has a limit", async () => {
  const { greeting, hear } = embed();
  await hear(HELLO);
  const [{ params }] = greeting.mock.calls[0] as [{ params: { identity: string; name: string } }];
  expect(params.identity).toHaveLength(4_000);
  expect(params.name).toBe("Ala");
});

test("what a page says of its visitor is cleaned, and left out where it cannot be right", async () => {
  const { greeting, hear } = embed();
  await hear({ ...HELLO, params: { name: `Ala\u000b${"ł".repeat(195)}😀`, email: "brak", identity: 7 as unknown as string } });
  const [{ params }] = greeting.mock.calls[0] as [{ params: object }];
  expect(params).toEqual({ name: `Ala ${"ł".repeat(195)}` });
});
