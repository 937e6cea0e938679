/** The few pictures of the widget, drawn with lines. */
const LINES = {
  send: "M4 12l16-8-5 16-3.5-6.5zM20 4l-8.5 9.5",
  clip: "M19 11l-7.5 7.5a4.5 4.5 0 0 1-6.4-6.4L13 4.3a3 3 0 0 1 4.3 4.3L9.7 16a1.5 1.5 0 0 1-2.1-2.1L14.5 7",
  camera: "M4 8a1.5 1.5 0 0 1 1.5-1.5H8L9.5 4h5L16 6.5h2.5A1.5 1.5 0 0 1 20 8v9.5a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM12 9.5a3.25 3.25 0 1 1 0 6.5 3.25 3.25 0 0 1 0-6.5z",
  phone: "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2z",
  video: "M15 10l5.5-3v10L15 14zM3 7a1.5 1.5 0 0 1 1.5-1.5h9A1.5 1.5 0 0 1 15 7v10a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 17z",
  videoOff: "M3 3l18 18M15 11.5V10l5.5-3v10L18 15.6M9 5.5h4.5A1.5 1.5 0 0 1 15 7v2M15 15v2a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 17V7a1.5 1.5 0 0 1 1.5-1.5H6",
  mic: "M12 3a3 3 0 0 1 3 3v6a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5 11a7 7 0 0 0 14 0M12 18v3",
  micOff: "M3 3l18 18M9 5.5A3 3 0 0 1 15 6v5M14.5 14A3 3 0 0 1 9 12V9M5 11a7 7 0 0 0 11 5.7M19 11a7 7 0 0 1-.6 2.8M12 18v3",
  screen: "M3 5h18v11H3zM8 20h8M12 16v4M12 13V8M9.5 10.5L12 8l2.5 2.5",
  fold: "M6 9l6 6 6-6",
  more: "M5 11.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1M12 11.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1M19 11.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1",
  file: "M14 3v5h5M6 3h8l5 5v11a2 2 0 0 1-2 2H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1z",
  close: "M6 6l12 12M18 6L6 18",
  star: "M12 3.5l2.6 5.6 6.1.700-4.5 4.2 1.2 6L12 17l-5.4 3 1.2-6-4.5-4.2 6.1-.7z",
  clock: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 7v5l3 2",
  check: "M5 12.5l5 5L19.5 7",
} as const;

export type IconName = keyof typeof LINES;

export function Icon({ name, size = 20, filled = false }: { name: IconName; size?: number; filled?: boolean }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" fill={filled ? "currentColor" : "none"} aria-hidden="true">
      <path d={LINES[name]} />
    </svg>
  );
}

/** Somebody's picture, or the first letters of their name. */
export function Face({ name, url, size = 40 }: { name: string; url: string | null; size?: number }) {
  const letters = name
    .split(/\s+/)
    .map((word) => word[0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();
  return (
    <span class="face" style={{ width: size, height: size, fontSize: size * 0.4 }} aria-hidden="true">
      {url === null ? letters : <img src={url} alt="" width={size} height={size} />}
    </span>
  );
}
