/** What the "+" beside the message field offers: one row for each tool (CONF-012). */
import { IconCamera, IconChalkboard, IconFileUpload, type Icon } from "@tabler/icons-react";

import { startBoard } from "@/boards/windows";
import { attachFiles, chooseFiles } from "@/files/choosing";
import type { Conversation } from "@/protocol/conversations";

export interface PlusEntry {
  id: string;
  icon: Icon;
  /** Key of its words in the catalogue. */
  label: string;
  open: (conversation: Conversation) => void;
  /** Where it makes no sense it is not offered. */
  isOffered?: () => boolean;
}

export const PLUS_ENTRIES: readonly PlusEntry[] = [
  {
    id: "board",
    icon: IconChalkboard,
    label: "conversations.plus.board",
    open: ({ id }) => startBoard(id),
  },
  {
    id: "upload",
    icon: IconFileUpload,
    label: "conversations.plus.upload",
    open: ({ id }) => chooseFiles((files) => attachFiles(id, files)),
  },
  {
    id: "camera",
    icon: IconCamera,
    label: "conversations.plus.camera",
    open: ({ id }) => chooseFiles((files) => attachFiles(id, files), { camera: true }),
    isOffered: () => window.matchMedia("(hover: none) and (pointer: coarse)").matches,
  },
];
