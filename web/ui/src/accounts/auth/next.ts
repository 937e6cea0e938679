/** Where one goes after sign-in. */

/** Only paths of our own: an address in the link must not lead anybody elsewhere. Without one, where everybody begins. */
export function safeNext(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : "/";
}
