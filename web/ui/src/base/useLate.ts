/** A condition that counts only after it has held for a while. */
import { useEffect, useState } from "react";

export function useLate(holds: boolean, patienceMs: number): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!holds) return;
    const timer = setTimeout(() => setLate(true), patienceMs);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [holds, patienceMs]);
  return holds && late;
}
