/**
 * Places that a feature leaves open for features above it.
 *
 * How it works: the owner of a place declares a `Slot` with what fits into it; others name what they put there as fillings
 * of their `Feature`; the start of the page hands all fillings down, and the owner draws or asks what it finds.
 */
import { createContext, Suspense, useContext, useMemo, type ReactNode } from "react";

/** Something for a place of another feature. */
export interface Filling {
  readonly slot: object;
  readonly item: unknown;
}

export class Slot<T> {
  filledWith(item: T): Filling {
    return { slot: this, item };
  }

  /** What was put here, in the order of the features. */
  of(fillings: readonly Filling[]): readonly T[] {
    return fillings.filter(({ slot }) => slot === this).map(({ item }) => item as T);
  }
}

export const FillingsContext = createContext<readonly Filling[]>([]);

export function useFillings<T>(slot: Slot<T>): readonly T[] {
  const fillings = useContext(FillingsContext);
  return useMemo(() => slot.of(fillings), [slot, fillings]);
}

/** Draw each component that was put into a place; what is still being fetched takes no room. */
export function Filled<T>({ slot, children }: { slot: Slot<T>; children: (item: T) => ReactNode }) {
  return useFillings(slot).map((item, index) => (
    <Suspense key={index} fallback={null}>
      {children(item)}
    </Suspense>
  ));
}
