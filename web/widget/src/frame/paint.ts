/** Puts the organisation's colour on the page, through the style object: the policy allows no inline styles. */
import { inkOn } from "./ink";

export function paint(colour: string): void {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return;
  document.documentElement.style.setProperty("--accent", colour);
  document.documentElement.style.setProperty("--ink", inkOn(colour));
}
