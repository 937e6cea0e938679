/** What the server writes into the loader it sends: how the bubble looks, and when it opens by itself. */
import type { Language } from "@/protocol/generated/languages";

export type Corner = "bottom-right" | "bottom-left" | "top-right" | "top-left";

export interface Trigger {
  language: Language;
  text: string;
  delay_s: number;
}

export interface LoaderConfig {
  key: string;
  /** Where the server says it is; the script's own address is believed before it (server.ts). */
  origin: string;
  colour: string;
  /** What is read on the colour. */
  ink: string;
  corner: Corner;
  offset_x_px: number;
  offset_y_px: number;
  /** Of the agent who is there, else of the company; null: a plain bubble. */
  picture_url: string | null;
  /** Whether an agent is there. */
  live: boolean;
  triggers: Trigger[];
}
