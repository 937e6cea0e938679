/** What is heard of files, and those on their way from here. */
import { Feed, type FeedHost } from "@/base/feed";
import type { Message } from "@/protocol/conversations";
import { fileDoors } from "@/protocol/files";
import { parseEvent } from "@/protocol/updates";

import { keys } from "./keys";
import { Uploads } from "./uploads";

export class FilesFeed extends Feed<Message> {
  override readonly stale = [["files"]];
  readonly uploads: Uploads;

  constructor(host: FeedHost) {
    super(host);
    this.uploads = new Uploads({
      personId: host.selfId,
      storage: window.localStorage,
      sender: async () => (await import("./sending")).sender,
      post: (batch, uploadIds) => fileDoors.post(batch.conversation_id, batch.client_id, batch.text, uploadIds),
      onStored: (message) => host.stored(message),
    });
  }

  override parse(name: string, payload: unknown): Message | null {
    const update = parseEvent(name, payload);
    return update?.type === "message" && update.message.kind === "file" ? update.message : null;
  }

  override apply(message: Message): void {
    void this.host.cache.invalidateQueries({ queryKey: keys.allFiles(message.conversation_id) });
  }

  override stored(message: Message): void {
    if (message.kind === "file") this.take(message);
  }

  override start(): () => void {
    const onOffline = () => this.uploads.pause();
    const onOnline = () => this.uploads.resume();
    window.addEventListener("offline", onOffline);
    window.addEventListener("online", onOnline);
    this.uploads.start();
    return () => {
      window.removeEventListener("offline", onOffline);
      window.removeEventListener("online", onOnline);
      this.uploads.stop();
    };
  }

  override ready(): void {
    this.uploads.resume();
  }

  override forget(): void {
    this.uploads.clear();
  }
}
