/** The call of this page, for every part of it. */
import { createContext, useContext } from "react";

import type { Call } from "@/media/call";

export const CallContext = createContext<Call | null>(null);

export function useCall(): Call {
  const call = useContext(CallContext);
  if (call === null) throw new Error("used outside of ConferencePage");
  return call;
}
