/**
 * Who may import whom: every folder of `src` with what it may take from beside it.
 *
 * How it works: a folder imports the folders that its entry lists, and only entries above its own can be listed, so there
 * are no circles. Files at a folder's root import its subfolders; a subfolder imports of the folders around it only their
 * floor, which in turn imports no subfolder: the modules of `FLOOR`, and what the folder's entry names beside them.
 * A folder that is not here fails the lint.
 */

/** Known to every feature. */
export const GROUND = ["protocol", "media", "base"];

/** What any folder may have at its root for its subfolders. */
export const FLOOR = ["feed", "keys", "queries", "rest", "slots"];

export const LAYERS = {
  protocol: { folders: { generated: {} } },
  media: {
    imports: ["protocol"],
    folders: { capture: {}, effects: { imports: ["capture"] }, peer: { imports: ["capture"] } },
  },
  base: { imports: ["protocol", "media"], folders: { locales: {}, parts: {} } },

  notifications: { imports: [] },
  files: { imports: [] },
  boards: { imports: ["files"], folders: { library: {} }, floor: ["elements", "sync"] },
  conversations: {
    imports: ["files", "boards"],
    folders: {
      search: {},
      list: { imports: ["search"] },
      composer: {},
      thread: { imports: ["search", "list", "composer"] },
      details: { imports: ["list"] },
    },
    floor: ["applying", "quoted", "titles", "windows"],
  },
  accounts: {
    imports: ["notifications"],
    folders: { auth: {}, legal: { imports: ["auth"] }, profile: { imports: ["auth"] }, admin: {} },
  },
  calls: {
    imports: ["notifications", "files", "boards", "conversations", "accounts"],
    folders: {
      help: {},
      recordings: {},
      ringing: {},
      lobby: {},
      conference: {
        imports: ["ringing", "lobby"],
        folders: { stage: {}, controls: { imports: ["stage"] }, prejoin: { imports: ["stage", "controls"] } },
        floor: ["arrangement", "callContext", "checkFirst", "freezing", "opening", "page", "view"],
      },
      guests: { imports: ["conference"] },
    },
  },
  desk: {
    imports: ["notifications", "files", "conversations", "accounts", "calls"],
    folders: { home: {}, queue: { imports: ["home"] }, supervision: { imports: ["queue"] }, visit: { imports: ["home", "queue"] } },
    floor: ["describing", "looking"],
  },
  settings: {
    imports: ["accounts", "desk"],
    folders: {
      start: {},
      projects: {},
      channels: { imports: ["start", "projects"] },
      general: { imports: ["start", "projects", "channels"] },
      users: { imports: ["channels"] },
      voice: { imports: ["projects", "channels"] },
    },
  },
};

/** What joins the features: imports all of them, and nothing imports it but `main.ts`. */
export const TOP = "app";
