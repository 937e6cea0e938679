/** The bubble's looks, for a style sheet of its own tree: nothing of the host's page reaches in, nothing of ours out. */
import type { LoaderConfig } from "./config";
import { COVERED } from "./covering";

const COLOUR = /^#[0-9a-f]{6}$/i;

export function writeStyles({ colour: wanted, ink, corner, offset_x_px, offset_y_px }: LoaderConfig): string {
  const colour = COLOUR.test(wanted) ? wanted : "#7318b6";
  const [vertical, horizontal] = corner.split("-") as ["top" | "bottom", "left" | "right"];
  const across = Math.max(0, offset_x_px);
  const along = Math.max(0, offset_y_px);
  // Important, because the page may say !important of everything; for what is important the inner tree wins.
  const place = `${vertical}: min(${along}px, 40vh) !important; ${horizontal}: min(${across}px, 40vw) !important;`;
  return `
:host { all: initial !important; position: fixed !important; z-index: 2147483000 !important; display: block !important;
  ${place} width: 60px !important; height: 60px !important;
  direction: ltr !important; color-scheme: light dark !important; }
:host::backdrop { display: none !important; }
* { box-sizing: border-box; }
button { all: unset; box-sizing: border-box; cursor: pointer; font: 500 15px/1.4 system-ui, sans-serif; }
.bubble { position: absolute; inset: 0; display: grid; place-items: center; border-radius: 50%; color: ${ink}; background: ${colour};
  box-shadow: 0 6px 22px rgb(20 10 40 / .28), 0 0 0 1px rgb(255 255 255 / .14); transition: transform .16s ease; }
.bubble:hover { transform: scale(1.05); }
.bubble:focus-visible, .teaser:focus-visible, .dismiss:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px ${colour}; }
.bubble svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.bubble img { width: 100%; height: 100%; border-radius: 50%; object-fit: cover; }
.open .bubble img, .bubble .cross, .open .bubble .talk, .pictured .talk { display: none; }
.open .bubble .cross { display: block; }
.dot { position: absolute; right: 2px; bottom: 2px; width: 15px; height: 15px; border-radius: 50%; border: 3px solid #fff; background: #1f9d55; }
.count { position: absolute; top: -5px; right: -5px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px; border: 2px solid #fff;
  color: #fff; background: #c01c28; font: 700 12px/18px system-ui, sans-serif; text-align: center; }
.open .dot, .open .count, .count:empty { display: none; }
.panel { position: absolute; ${vertical}: 74px; ${horizontal}: 0; width: 384px; height: min(640px, calc(100vh - min(${along}px, 40vh) - 90px));
  max-width: calc(100vw - min(${across}px, 40vw) - 12px); overflow: hidden; border-radius: 18px; background: Canvas; display: none;
  box-shadow: 0 18px 60px rgb(20 10 40 / .3), 0 0 0 1px rgb(20 10 40 / .08); }
.open .panel { display: block; }
iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
.teaser { position: absolute; ${vertical}: 74px; ${horizontal}: 0; width: max-content; max-width: min(300px, calc(100vw - 40px)); padding: 14px 40px 14px 16px;
  border-radius: 16px; color: CanvasText; background: Canvas; box-shadow: 0 10px 36px rgb(20 10 40 / .28); overflow-wrap: anywhere; }
.dismiss { position: absolute; ${vertical}: 78px; ${horizontal}: 4px; width: 32px; height: 32px; border-radius: 50%; color: CanvasText; text-align: center; font-size: 20px; line-height: 30px; }
.teaser[hidden], .dismiss[hidden], .open .teaser, .open .dismiss { display: none; }
@media ${COVERED} {
  .open .panel { position: fixed; inset: 0; top: var(--top, 0); width: 100%; height: var(--height, 100%); max-width: none; border-radius: 0; }
  .open .bubble { display: none; }
}
@media (prefers-reduced-motion: reduce) { .bubble { transition: none; } }
@media print { :host { display: none !important; } }
`;
}
