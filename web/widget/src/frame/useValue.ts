/** Follow a value of the layers below from a component. */
import { useEffect, useState } from "preact/hooks";

import type { Observable } from "@/protocol/observable";

export function useValue<T>(value: Observable<T>): T {
  const [, draw] = useState({});
  const drawn = value.get();
  useEffect(() => {
    const stop = value.subscribe(() => draw({}));
    // Effects run after the paint: what changed since the drawing was heard by nobody.
    if (value.get() !== drawn) draw({});
    return stop;
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what the first drawing showed; later changes are heard
  }, [value]);
  return drawn;
}
