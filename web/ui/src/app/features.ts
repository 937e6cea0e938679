/** Every feature of the application, in the order in which they stand upon each other. */
import { accounts } from "@/accounts/feature";
import type { Feature } from "@/base/feature";
import { boards } from "@/boards/feature";
import { calls } from "@/calls/feature";
import { conversations } from "@/conversations/feature";
import { desk } from "@/desk/feature";
import { files } from "@/files/feature";
import { settings } from "@/settings/feature";

/** With the types of their routes, by which the addresses of links are checked. */
export const typedFeatures = [files, boards, conversations, accounts, calls, desk, settings] as const satisfies readonly Feature[];

export const features: readonly Feature[] = typedFeatures;
