/** What a page says of itself, fit to be stored: one line without control characters and halves of characters, up to a limit. */
export function clean(text: unknown, limit: number): string {
  return typeof text === "string" ? text.slice(0, limit).replace(/[\p{Cc}\p{Cs}]+/gu, " ").trim() : "";
}
