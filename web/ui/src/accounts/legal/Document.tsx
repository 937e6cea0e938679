/** A plain page of text, readable without signing in. */
import { Anchor, Group } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { LanguageSwitch } from "@/accounts/auth/AuthFrame";
import { Mark } from "@/base/Mark";

import classes from "./Document.module.css";

export function Document({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <Anchor component={Link} to="/" underline="never" c="inherit">
          <Group gap={10}>
            <Mark size={32} />
            <span className={classes.name}>Centrala</span>
          </Group>
        </Anchor>
        <LanguageSwitch />
      </header>
      <main className={classes.main}>
        <h1>{title}</h1>
        {children}
      </main>
    </div>
  );
}

/** Headings with paragraphs, from the catalogue. */
export function Chapters({ chapters }: { chapters: readonly { heading: string; text: string }[] }) {
  return (
    <>
      {chapters.map(({ heading, text }) => (
        <section key={heading}>
          <h2>{heading}</h2>
          <p>{text}</p>
        </section>
      ))}
    </>
  );
}
