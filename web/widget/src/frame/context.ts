/** What every part of the screen needs: the visit, the host's page, and where the call is. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Calls } from "./calls";
import type { Host } from "./host";
import type { Visit } from "./visit";

export interface Parts {
  visit: Visit;
  host: Host;
  calls: Calls;
}

export const PartsContext = createContext<Parts | null>(null);

export function useParts(): Parts {
  const parts = useContext(PartsContext);
  if (parts === null) throw new Error("drawn outside of the frame");
  return parts;
}
