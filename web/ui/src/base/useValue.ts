/** Follow a value from a component: one of the media layer, or what is no server data, like the link's state or who types. */
import { useSyncExternalStore } from "react";

import type { Observable } from "@/protocol/observable";

export function useValue<T>(value: Observable<T>): T {
  return useSyncExternalStore(value.subscribe, value.get);
}
