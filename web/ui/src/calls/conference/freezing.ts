/** Who may freeze pictures of the call, and which one is being frozen. */
import { createContext, useContext } from "react";

import type { Shown } from "./arrangement";

export interface Freezing {
  /** Key of the picture that is being frozen. */
  busy: string | null;
  freeze: (shown: Shown, own: boolean) => void;
}

/** Null where nobody may: for guests, who see no whiteboards. */
export const FreezeContext = createContext<Freezing | null>(null);

export function useFreezing(): Freezing | null {
  return useContext(FreezeContext);
}
