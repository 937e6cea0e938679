/** Places that files leave open for others. */
import type { ComponentType } from "react";

import { Slot } from "@/base/slots";

import type { Viewed } from "./viewing";

/** Buttons of the viewer, before its own. */
export const viewerActions = new Slot<ComponentType<{ item: Viewed }>>();
