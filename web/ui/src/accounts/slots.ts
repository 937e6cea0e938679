/** Places that accounts leave open for others. */
import type { ComponentType } from "react";

import { Slot } from "@/base/slots";

/** Panels of one's profile, below what one is called. */
export const profilePanels = new Slot<ComponentType>();
