/** That a part of the settings is different now: which one is not told, so all that was fetched is asked for again. */
import { Feed } from "@/base/feed";

import { keys } from "./keys";

export class SettingsFeed extends Feed {
  override readonly stale = [keys.settings];

  override hear(name: string): void {
    if (name === "settings:changed") void this.host.cache.invalidateQueries({ queryKey: keys.settings });
  }
}
