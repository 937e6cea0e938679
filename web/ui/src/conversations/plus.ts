/** What the "+" beside the message field offers: one row for each tool (CONF-012). */
import type { Icon } from "@tabler/icons-react";

import type { Conversation } from "@/protocol/types";

export interface PlusEntry {
  id: string;
  icon: Icon;
  /** Key of its words in the catalogue. */
  label: string;
  open: (conversation: Conversation) => void;
}

export const PLUS_ENTRIES: readonly PlusEntry[] = [];
