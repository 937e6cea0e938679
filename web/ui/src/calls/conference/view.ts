/** How this person looks at the call: layout, pin, page, where one's own picture lies. Nobody else is told. */
import { createContext, useContext } from "react";

import { Observable } from "@/protocol/observable";

import type { LayoutChoice } from "./arrangement";

export type Corner = "top left" | "top right" | "bottom left" | "bottom right";

export interface View {
  layout: LayoutChoice;
  /** Key of the picture that is to be large. */
  pin: string | null;
  page: number;
  /** One's own floating picture. */
  corner: Corner;
  small: boolean;
}

export type Viewing = Observable<View>;

export const LAYOUTS: readonly LayoutChoice[] = ["auto", "grid", "speaker"];
/** The one after this, for a key that goes through them. */
export function nextLayout(layout: LayoutChoice): LayoutChoice {
  return LAYOUTS[(LAYOUTS.indexOf(layout) + 1) % LAYOUTS.length] ?? "auto";
}

const CORNERS: readonly Corner[] = ["top left", "top right", "bottom left", "bottom right"];
const STORED = "centrala.view";

/** What was chosen in an earlier call holds for the next one; pins and pages belong to their call. */
export function makeViewing(storage: Pick<Storage, "getItem" | "setItem"> = window.localStorage): Viewing {
  let stored: Partial<View> = {};
  try {
    const value: unknown = JSON.parse(storage.getItem(STORED) ?? "{}");
    if (typeof value === "object" && value !== null) stored = value;
  } catch {
    // A damaged note is no choice.
  }
  const viewing = new Observable<View>({
    layout: LAYOUTS.find((one) => one === stored.layout) ?? "auto",
    pin: null,
    page: 0,
    corner: CORNERS.find((one) => one === stored.corner) ?? "bottom right",
    small: stored.small === true,
  });
  viewing.subscribe(() => {
    const { layout, corner, small } = viewing.get();
    storage.setItem(STORED, JSON.stringify({ layout, corner, small }));
  });
  return viewing;
}

export const ViewContext = createContext<Viewing | null>(null);

export function useViewing(): Viewing {
  const viewing = useContext(ViewContext);
  if (viewing === null) throw new Error("used outside of ConferencePage");
  return viewing;
}

/** Make a picture large, or let it go back. */
export function togglePin(viewing: Viewing, key: string): void {
  viewing.change((view) => ({ ...view, pin: view.pin === key ? null : key }));
}
