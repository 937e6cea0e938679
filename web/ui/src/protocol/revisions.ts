/**
 * How far each conversation is known without a hole, by its rev.
 *
 * How it works: a snapshot moves the line forward; an event that is the next one moves it by one; an event beyond that
 * is a hole, and the caller asks `changes?after=` from the line.
 */
export class Revisions {
  private readonly known = new Map<string, number>();

  get(conversationId: string): number | null {
    return this.known.get(conversationId) ?? null;
  }

  /** A snapshot of the conversation at this rev was taken over. */
  reached(conversationId: string, rev: number): void {
    this.known.set(conversationId, Math.max(rev, this.known.get(conversationId) ?? 0));
  }

  /**
   * An event came.
   *
   * returns  the rev after which something is missing; null when nothing is, or the conversation is not followed
   */
  see(conversationId: string, rev: number): number | null {
    const known = this.known.get(conversationId);
    if (known === undefined || rev <= known) return null;
    if (rev > known + 1) return known;
    this.known.set(conversationId, rev);
    return null;
  }

  forget(conversationId: string): void {
    this.known.delete(conversationId);
  }

  clear(): void {
    this.known.clear();
  }
}
