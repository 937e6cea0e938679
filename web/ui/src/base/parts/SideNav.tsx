/** Pages that belong together, beside each other: where each is, and the one that is open. */
import type { Icon } from "@tabler/icons-react";
import { Link, Outlet, type LinkProps } from "@tanstack/react-router";

import classes from "./SideNav.module.css";

/** On a phone the parts stand in one line that scrolls: begin where one is. */
function showActive(link: HTMLAnchorElement | null): void {
  if (link?.dataset.active === "true") link.scrollIntoView({ inline: "center", block: "nearest" });
}

interface SideNavProps {
  label: string;
  parts: readonly { to: NonNullable<LinkProps["to"]>; label: string; icon: Icon }[];
}

export function SideNav({ label: name, parts }: SideNavProps) {
  return (
    <div className={classes.page}>
      <nav className={classes.nav} aria-label={name}>
        {parts.map(({ to, label, icon: Icon }) => (
          <Link key={to} to={to} ref={showActive} className={classes.item} activeProps={{ "data-active": true }}>
            <Icon size={20} stroke={1.7} aria-hidden="true" />
            {label}
          </Link>
        ))}
      </nav>
      <div className={classes.content}>
        <Outlet />
      </div>
    </div>
  );
}
