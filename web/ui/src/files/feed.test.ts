import { expect, test, vi } from "vitest";

import { startLive } from "@/base/fixtures";
import { message } from "@/protocol/fixtures";

import { FilesFeed } from "./feed";
import { keys } from "./keys";

test("the list of files is asked for again when a message brings files, of others or of one's own", () => {
  const { cache, live, socket } = startLive(FilesFeed);
  const again = vi.spyOn(cache, "invalidateQueries");
  const tell = (kind: "text" | "file") => socket.tell("message:posted", { conversation_id: "c1", rev: 2, message: message({ seq: 2, kind }) });
  tell("text");
  live.stored(message({ seq: 3 }));
  expect(again).not.toHaveBeenCalled();
  tell("file");
  live.stored(message({ seq: 3, kind: "file" }));
  expect(again.mock.calls).toEqual([[{ queryKey: keys.allFiles("c1") }], [{ queryKey: keys.allFiles("c1") }]]);
  live.stop();
});
