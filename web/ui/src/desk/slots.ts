/** Places that the desk leaves open for others. */
import type { ComponentType } from "react";

import { Slot } from "@/base/slots";

/** Below an administrator's home page. */
export const homeFoot = new Slot<ComponentType>();
