/** A page that scrolls, with a heading; and the panels on it. */
import { Text } from "@mantine/core";
import type { ReactNode } from "react";

import classes from "./Page.module.css";

export function Page({ title, children }: { title: string; children: ReactNode }) {
  return (
    // Focusable, so that the keyboard scrolls a page that has nothing else to focus.
    <div className={classes.page} tabIndex={0}>
      <div className={classes.content}>
        <h1 className={classes.title}>{title}</h1>
        {children}
      </div>
    </div>
  );
}

interface PanelProps {
  title: string;
  text?: string;
  /** At the right of the title. */
  action?: ReactNode;
  children: ReactNode;
}

export function Panel({ title, text, action, children }: PanelProps) {
  return (
    <section className={classes.panel}>
      <header className={classes.head}>
        <div>
          <h2 className={classes.heading}>{title}</h2>
          {text !== undefined && (
            <Text size="sm" c="dimmed">
              {text}
            </Text>
          )}
        </div>
        {action}
      </header>
      {children}
    </section>
  );
}
