/** The call this window was opened for, if it is one. */
import { createContext } from "react";

import type { Opening } from "./opening";

export const OpeningContext = createContext<Opening | null>(null);
