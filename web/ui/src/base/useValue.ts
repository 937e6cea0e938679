/** Follow a value of the media layer from a component. */
import { useSyncExternalStore } from "react";

import type { Observable } from "@/protocol/observable";

export function useValue<T>(value: Observable<T>): T {
  return useSyncExternalStore(value.subscribe, value.get);
}
