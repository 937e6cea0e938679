/** Follow a value of the layers below from a component. */
import { useEffect, useState } from "preact/hooks";

import type { Observable } from "@/media/observable";

export function useValue<T>(value: Observable<T>): T {
  const [, draw] = useState({});
  useEffect(() => {
    const seen = value.get();
    const stop = value.subscribe(() => draw({}));
    // It may have changed between drawing and now.
    if (value.get() !== seen) draw({});
    return stop;
  }, [value]);
  return value.get();
}
