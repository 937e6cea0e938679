/**
 * Updates that came while something was being fetched.
 *
 * How it works: note `mark()` before a fetch; when the answer is there, apply `since(mark)` to it. An answer read by
 * the server before an event, but arriving after it, then lacks nothing; one that already holds it does not change.
 */

// Far more than happens during one request; older ones are covered by the answer itself.
const KEPT = 1000;

export class EventLog<T> {
  private readonly kept: T[] = [];
  private dropped = 0;

  add(update: T): void {
    this.kept.push(update);
    if (this.kept.length > KEPT) {
      this.kept.shift();
      this.dropped += 1;
    }
  }

  mark(): number {
    return this.dropped + this.kept.length;
  }

  since(mark: number): readonly T[] {
    return this.kept.slice(Math.max(0, mark - this.dropped));
  }
}
