/** What the conference does to its window: dark surfaces, its title, a screen that stays on, keys. */
import { useEffect, useLayoutEffect } from "react";

import type { Call } from "@/media/call";
import { isAnnounced } from "@/media/capture/capture";

const SCHEME = "data-mantine-color-scheme";

/** Faces are looked at on dark ground, whatever the person's theme; the theme comes back with the next page. */
export function useDarkPage(): void {
  useLayoutEffect(() => {
    const root = document.documentElement;
    const themeColor = document.querySelector<HTMLMetaElement>('meta[name="theme-color"]');
    const before = { scheme: root.getAttribute(SCHEME), bar: themeColor?.content };
    const darken = () => {
      if (root.getAttribute(SCHEME) !== "dark") root.setAttribute(SCHEME, "dark");
    };
    darken();
    if (themeColor !== null) themeColor.content = "#14111b";
    // The system may change its theme during the call.
    const observer = new MutationObserver(darken);
    observer.observe(root, { attributes: true, attributeFilter: [SCHEME] });
    return () => {
      observer.disconnect();
      if (before.scheme !== null) root.setAttribute(SCHEME, before.scheme);
      if (themeColor !== null && before.bar !== undefined) themeColor.content = before.bar;
    };
  }, []);
}

export function useTitle(title: string): void {
  useEffect(() => {
    const before = document.title;
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
}

/** Keep the screen on while somebody may be looking at it; browsers drop the lock when the page is hidden. */
export function useScreenOn(wanted: boolean): void {
  useEffect(() => {
    const { wakeLock } = navigator as { wakeLock?: WakeLock };
    if (!wanted || wakeLock === undefined) return;
    let held: WakeLockSentinel | null = null;
    let gone = false;
    const hold = () => {
      if (document.visibilityState !== "visible") return;
      void wakeLock
        .request("screen")
        .then((lock) => {
          if (gone) void lock.release();
          else held = lock;
        })
        .catch(() => undefined);
    };
    hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      gone = true;
      document.removeEventListener("visibilitychange", hold);
      void held?.release().catch(() => undefined);
    };
  }, [wanted]);
}

/** Single keys, unless somebody types or holds a modifier. */
export function useKeys(keys: Readonly<Record<string, () => void>>, enabled: boolean): void {
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target as HTMLElement | null;
      if (target?.closest("input, textarea, select, [contenteditable], [role=menu], [role=dialog], .excalidraw") != null) return;
      keys[event.key.toLowerCase()]?.();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [keys, enabled]);
}

/** What the system's own call controls know and do: a locked screen, a headset's buttons, the bar of a small picture. */
export function useMediaKeys(call: Call, title: string, active: boolean, leave: () => void): void {
  useEffect(() => {
    const { mediaSession } = navigator as { mediaSession?: MediaSession };
    if (!active || mediaSession === undefined) return;
    mediaSession.metadata = new MediaMetadata({ title });
    const handlers: Record<string, () => void> = {
      togglemicrophone: () => void call.toggleMicrophone().catch(() => undefined),
      togglecamera: () => void call.toggleCamera(),
      hangup: leave,
    };
    const set = (name: string, handler: (() => void) | null) => {
      try {
        mediaSession.setActionHandler(name as MediaSessionAction, handler);
      } catch {
        // A browser that does not know the action.
      }
    };
    for (const [name, handler] of Object.entries(handlers)) set(name, handler);
    const tell = () => {
      if ("setMicrophoneActive" in mediaSession) void mediaSession.setMicrophoneActive(isAnnounced(call.capture.microphone.get()));
      if ("setCameraActive" in mediaSession) void mediaSession.setCameraActive(isAnnounced(call.capture.camera.get()));
    };
    const stops = [call.capture.microphone.subscribe(tell), call.capture.camera.subscribe(tell)];
    return () => {
      for (const stop of stops) stop();
      for (const name of Object.keys(handlers)) set(name, null);
      mediaSession.metadata = null;
    };
  }, [call, title, active, leave]);
}
