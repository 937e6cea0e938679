/** What a feature says of itself; `app/features.ts` has the list of them. */
import type { FeedType } from "./feed";
import type { Filling } from "./slots";

export interface Feature {
  /** What it hears of the server. */
  feed?: FeedType;
  /** What it puts into places that other features leave open. */
  fillings?: readonly Filling[];
}
