/** The bar above a conversation: the way back on a phone, a picture, whose it is, and what may be done. */
import { ActionIcon } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

import classes from "./PaneHeader.module.css";

interface PaneHeaderProps {
  back: { to: NonNullable<LinkProps["to"]>; label: string };
  picture: ReactNode;
  title: string;
  subtitle: string;
  /** Buttons at the end. */
  children: ReactNode;
}

export function PaneHeader({ back, picture, title, subtitle, children }: PaneHeaderProps) {
  return (
    <header className={classes.header}>
      <ActionIcon component={Link} to={back.to} variant="subtle" color="gray" size={44} className={classes.back ?? ""} aria-label={back.label}>
        <IconArrowLeft size={24} />
      </ActionIcon>
      {picture}
      <div className={classes.text}>
        <h2 className={classes.title}>{title}</h2>
        <p className={classes.subtitle}>{subtitle}</p>
      </div>
      {children}
    </header>
  );
}
