/** One thing after another: a negotiation must end before the next one of the same transport begins. */

export class Queue {
  private tail: Promise<unknown> = Promise.resolve();

  /** Run when everything before it has ended, well or not. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.tail.then(task, task);
    this.tail = result.catch(() => undefined);
    return result;
  }
}
