/** The tabs of the frame: each feature says which of its pages have one, for this person and now. */
import type { Icon } from "@tabler/icons-react";
import type { LinkProps } from "@tanstack/react-router";

export interface Tab {
  to: NonNullable<LinkProps["to"]>;
  label: string;
  icon: Icon;
  /** What waits there. */
  count: number;
  /** Where it stands among the others, from the left. */
  order: number;
}
