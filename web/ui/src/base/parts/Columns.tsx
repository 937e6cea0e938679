/** Two columns of panels, the second narrow; in a narrow window below each other. */
import type { ReactNode } from "react";

import classes from "./Columns.module.css";

export function Columns({ children }: { children: ReactNode }) {
  return <div className={classes.columns}>{children}</div>;
}

export function Column({ children }: { children: ReactNode }) {
  return <div className={classes.column}>{children}</div>;
}
