/** The rows of a panel, with a line between two. */
import type { ComponentPropsWithoutRef, ReactNode } from "react";

import classes from "./Rows.module.css";

export function Rows({ children }: { children: ReactNode }) {
  return <ul className={classes.rows}>{children}</ul>;
}

interface RowProps extends ComponentPropsWithoutRef<"li"> {
  /** Closer together, and what has no room goes below. */
  wraps?: boolean;
}

export function Row({ wraps = false, ...rest }: RowProps) {
  return <li {...rest} className={classes.row} data-wraps={wraps || undefined} />;
}
