import { render } from "preact";
import { expect, test, vi } from "vitest";

import { Observable } from "@/protocol/observable";

import { useValue } from "./useValue";

function draw(value: Observable<string>): HTMLElement {
  const root = document.createElement("div");
  function Shown() {
    return <p>{useValue(value)}</p>;
  }
  render(<Shown />, root);
  return root;
}

test("what changes between the drawing and its effects is shown, though nobody followed it yet", async () => {
  const value = new Observable("loading");
  const root = draw(value);
  // The first answer of the server comes in this moment on a fast line.
  value.set("ready");
  await vi.waitFor(() => expect(root.textContent).toBe("ready"));
});

test("what changes later is shown, and what is taken away is followed no more", async () => {
  const value = new Observable("one");
  const root = draw(value);
  await new Promise((resolve) => setTimeout(resolve, 150));
  value.set("two");
  await vi.waitFor(() => expect(root.textContent).toBe("two"));
  render(null, root);
  value.set("three");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(root.textContent).toBe("");
});
