/** Every feature of the application, in the order in which they stand upon each other. */
import type { Feature } from "@/base/feature";
import { boards } from "@/boards/feature";
import { calls } from "@/calls/feature";
import { desk } from "@/desk/feature";
import { settings } from "@/settings/feature";

export const features: readonly Feature[] = [boards, calls, desk, settings];
