import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Message } from "@/protocol/conversations";
import { ANNA, message } from "@/protocol/fixtures";

import { Feed } from "./feed";
import { startLive } from "./fixtures";

/** How much rain fell: what a feature of its own would hear. */
class RainFeed extends Feed<number> {
  override readonly stale = [["rain"]];
  readonly order: string[] = [];
  stops = 0;
  forgotten = false;
  override parse(name: string, payload: unknown): number | null {
    return name === "rain:fell" ? (payload as { mm: number }).mm : null;
  }
  override apply(mm: number): void {
    this.host.cache.setQueryData<number>(["rain"], (old) => old !== undefined && old > mm ? old : mm);
  }
  override stored({ seq }: Message): void {
    this.order.push(`stored ${seq}`);
  }
  override start(): () => void {
    return () => {
      this.stops += 1;
    };
  }
  override async ready(again: boolean): Promise<void> {
    this.order.push(again ? "catches up" : "begins");
    await Promise.resolve();
    this.order.push("is there");
  }
  override forget(): void {
    this.forgotten = true;
  }
}
class OtherFeed extends Feed {}

let page: ReturnType<typeof startLive>;
beforeEach(() => {
  page = startLive(OtherFeed, RainFeed);
});
afterEach(() => page.live.stop());

test("an event reaches what the feed fetched, and an answer that was on its way", async () => {
  const feed = page.live.feed(RainFeed);
  page.cache.setQueryData(["rain"], 1);
  const fetched = await feed.fetched(
    () => {
      page.socket.tell("rain:fell", { mm: 3 });
      page.socket.tell("snow:fell", { mm: 9 });
      return Promise.resolve([1]);
    },
    (all, mm) => [...all, mm],
  );
  expect(fetched).toEqual([1, 3]);
  expect(page.cache.getQueryData(["rain"])).toBe(3);
});

test("what is stale is asked for again after a loss, when the feeds have caught up, and not the first time", async () => {
  const { order } = page.live.feed(RainFeed);
  const again = vi.spyOn(page.cache, "invalidateQueries").mockImplementation(() => {
    order.push("asked again");
    return Promise.resolve();
  });
  await vi.waitFor(() => expect(order).toEqual(["begins", "is there"]));
  expect(again).not.toHaveBeenCalled();
  page.socket.ready();
  await vi.waitFor(() => expect(order.slice(2)).toEqual(["catches up", "is there", "asked again"]));
  expect(again).toHaveBeenCalledExactlyOnceWith({ queryKey: ["rain"] });
});

test("a message of one's own is told to every feed", () => {
  page.live.stored(message({ seq: 4 }));
  expect(page.live.feed(RainFeed).order).toContain("stored 4");
});

test("who signs out is forgotten by every feed, and hears no more", () => {
  page.live.forget();
  const feed = page.live.feed(RainFeed);
  expect([feed.forgotten, feed.stops, feed.selfId]).toEqual([true, 1, ANNA]);
  expect(page.socket.close).toHaveBeenCalledOnce();
});

test("a session that ended is told, by an event or by a refused socket", () => {
  const told = vi.fn();
  page.live.onRevoked(told);
  page.socket.tell("session:revoked", {});
  page.socket.refuse({ status: 401 });
  page.socket.refuse({ status: 503 });
  expect(told).toHaveBeenCalledTimes(2);
});

test("a feed the page was not started with is a mistake", () => {
  class NoFeed extends Feed {}
  expect(() => page.live.feed(NoFeed)).toThrow("no NoFeed in this page");
});

test("a feed that cannot catch up, because the line is gone again, keeps nobody else from it and throws at nobody", async () => {
  const thrown: unknown[] = [];
  const note = (error: unknown) => thrown.push(error);
  process.on("unhandledRejection", note);
  const feed = page.live.feed(RainFeed);
  const other = page.live.feed(OtherFeed);
  (other as { ready?: (again: boolean) => Promise<void> }).ready = () => Promise.reject(new Error("offline"));
  page.cache.setQueryData(["rain"], 1);
  page.socket.ready();
  page.socket.ready();
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", note);
  expect(thrown).toEqual([]);
  expect(feed.order).toContain("catches up");
  expect(page.cache.getQueryState(["rain"])?.isInvalidated).toBe(true);
});
