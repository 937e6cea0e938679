// @vitest-environment node
import { expect, test } from "vitest";

import { describeAgent } from "./agents";

test("a session is named by its browser and system", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
  expect(describeAgent(chrome)).toEqual({ name: "Chrome · Linux", isPhone: false });
  const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
  expect(describeAgent(safari)).toEqual({ name: "Safari · iPhone", isPhone: true });
  expect(describeAgent("curl/8.9")).toEqual({ name: "curl", isPhone: false });
});
