/** A party's picture: the avatar, or initials on a colour of its own; with a mark when present. */
import { Avatar } from "@mantine/core";

import classes from "./people.module.css";

// Each holds white initials at 4.5:1 or better.
const COLOURS = ["#7318b6", "#1f5fbf", "#0b6e6e", "#8a4b08", "#a3265f", "#35631f", "#5a4bb5", "#9c2f2f"];

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0]?.[0] ?? "?";
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? "") : "";
  return (first + last).toLocaleUpperCase();
}

export function colourOf(id: string): string {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) >>> 0;
  return COLOURS[sum % COLOURS.length] ?? "#7318b6";
}

interface PictureProps {
  id: string;
  name: string;
  url: string | null;
  size?: number;
  /** Undefined: presence is not shown here. */
  online?: boolean;
  onlineLabel?: string;
}

/** Decorative: the name stands beside it. */
export function Picture({ id, name, url, size = 36, online, onlineLabel }: PictureProps) {
  const avatar = (
    <Avatar
      src={url}
      alt=""
      size={size}
      aria-hidden="true"
      styles={{ placeholder: { background: colourOf(id), color: "#fff", fontSize: Math.round(size * 0.38), fontWeight: 600 } }}
    >
      {initialsOf(name)}
    </Avatar>
  );
  if (online === undefined) return avatar;
  return (
    <span className={classes.picture}>
      {avatar}
      {online && (
        <span className={classes.online}>
          <span className="visually-hidden">{onlineLabel}</span>
        </span>
      )}
    </span>
  );
}
