import { expect, test } from "vitest";

import { TabTitle, withCount } from "./title";

test("the count stands before the title, once", () => {
  expect(withCount("Sklep", 2)).toBe("(2) Sklep");
  expect(withCount("(2) Sklep", 3)).toBe("(3) Sklep");
  expect(withCount("(3) Sklep", 0)).toBe("Sklep");
  expect(withCount("Sklep", 100)).toBe("(99+) Sklep");
  expect(withCount("(99+) Sklep", 1)).toBe("(1) Sklep");
});

test("a page that changes its title keeps the count, and gets its own title back", async () => {
  document.title = "Sklep";
  const title = new TabTitle();
  title.show(0);
  expect(document.title).toBe("Sklep");
  title.show(1);
  document.title = "Doniczki";
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(document.title).toBe("(1) Doniczki");
  expect(title.plain).toBe("Doniczki");
  title.show(0);
  expect(document.title).toBe("Doniczki");
});
