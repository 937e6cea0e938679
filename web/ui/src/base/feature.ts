/** What a feature says of itself; `app/features.ts` has the list of them. */
import type { FeedType } from "./feed";
import type { FeatureRoutes } from "./routes";
import type { Filling } from "./slots";
import type { Tab } from "./tabs";

export interface Feature {
  /** What it hears of the server. */
  feed?: FeedType;
  /** What it puts into places that other features leave open. */
  fillings?: readonly Filling[];
  /** Its pages. */
  routes?: FeatureRoutes;
  /** Its tabs in the frame, for this person and now. */
  useTabs?: () => readonly Tab[];
}
