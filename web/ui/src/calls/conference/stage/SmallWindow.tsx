/**
 * The call in a small window over everything else.
 *
 * How it works: browsers with Document Picture-in-Picture get a window of ours, with the picture and three buttons; others
 * get the picture alone, by the older way of single videos.
 */
import { useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { useCall } from "@/calls/conference/callContext";
import { useViewing } from "@/calls/conference/view";
import { isAnnounced } from "@/media/capture/capture";
import { keyOf } from "@/media/peer/receiving";

interface DocumentPictureInPicture {
  requestWindow: (size: { width: number; height: number }) => Promise<Window>;
}

const SIZE = { width: 360, height: 240 } as const;
const STYLE = `
  body { margin: 0; background: #14111b; color: #f4f1f8; font: 14px system-ui, sans-serif; }
  main { position: fixed; inset: 0; display: flex; flex-direction: column; }
  video, .face { flex: 1; min-height: 0; width: 100%; object-fit: contain; }
  .face { display: grid; place-items: center; font-size: 20px; }
  nav { display: flex; gap: 8px; justify-content: center; padding: 8px; }
  button { padding: 7px 12px; border: 0; border-radius: 999px; color: inherit; background: #3a3349; font: inherit; cursor: pointer; }
  button[data-danger] { background: #c92a3a; color: #fff; }
  button:focus-visible { outline: 3px solid #e3c4f7; }
`;

function findWindows(): DocumentPictureInPicture | null {
  return (window as { documentPictureInPicture?: DocumentPictureInPicture }).documentPictureInPicture ?? null;
}

export function canShowSmall(): boolean {
  return findWindows() !== null || (document as Partial<Document>).pictureInPictureEnabled === true;
}

/** The largest picture of the others, for browsers that can take out only one video. */
function findPicture(): HTMLVideoElement | null {
  const shown = [...document.querySelectorAll<HTMLVideoElement>('[data-testid="stage"] video')].filter((video) => video.dataset.testid?.startsWith("own") !== true);
  return shown.sort((a, b) => b.clientWidth * b.clientHeight - a.clientWidth * a.clientHeight)[0] ?? null;
}

/** Which picture the small window shows: the pinned one, a screen, who spoke last, or the first one. */
function useBest(): { name: string; stream: MediaStream | null } {
  const { t } = useTranslation();
  const call = useCall();
  const received = useValue(call.received);
  const { conference, participantId, speakerId } = useValue(call.state);
  const { pin } = useValue(useViewing());
  const others = (conference?.participants ?? []).filter(({ id }) => id !== participantId);
  const screen = others.find(({ id }) => received.has(keyOf(id, "screen")));
  const person = others.find(({ id, video }) => id === speakerId && video) ?? others.find(({ video }) => video) ?? others[0];
  const key = pin ?? (screen !== undefined ? keyOf(screen.id, "screen") : person === undefined ? "" : keyOf(person.id, "camera"));
  const owner = others.find(({ id }) => key.startsWith(`${id} `));
  const stream = owner !== undefined && (key.endsWith("screen") || owner.video) ? (received.get(key)?.stream ?? null) : null;
  return { name: owner?.name ?? t("conference.waiting"), stream };
}

function Contents({ onLeave }: { onLeave: () => void }) {
  const { t } = useTranslation();
  const call = useCall();
  const { name, stream } = useBest();
  const heard = isAnnounced(useValue(call.capture.microphone));
  const seen = isAnnounced(useValue(call.capture.camera));
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current === null) return;
    video.current.srcObject = stream;
    void video.current.play().catch(() => undefined);
  }, [stream]);
  return (
    <main>
      {stream === null ? <div className="face">{name}</div> : <video ref={video} autoPlay muted playsInline aria-label={name} data-testid="small-video" />}
      <nav>
        <button type="button" onClick={() => void call.toggleMicrophone().catch(() => undefined)}>
          {heard ? t("conference.mic.mute") : t("conference.mic.unmute")}
        </button>
        <button type="button" onClick={() => void call.toggleCamera()}>
          {seen ? t("conference.cam.off") : t("conference.cam.on")}
        </button>
        <button type="button" data-danger onClick={onLeave}>
          {t("conference.leave")}
        </button>
      </nav>
    </main>
  );
}

/** Gives the window, and what opens and closes it; to be called inside a click. */
export function useSmallWindow(): { shown: Window | null; toggle: () => void } {
  const [shown, setShown] = useState<Window | null>(null);
  useEffect(() => () => shown?.close(), [shown]);
  const open = async () => {
    const windows = findWindows();
    if (windows === null) {
      if (document.pictureInPictureElement !== null) await document.exitPictureInPicture();
      else await findPicture()?.requestPictureInPicture();
      return;
    }
    const made = await windows.requestWindow(SIZE);
    const sheet = new (made as unknown as { CSSStyleSheet: typeof CSSStyleSheet }).CSSStyleSheet();
    sheet.replaceSync(STYLE);
    made.document.adoptedStyleSheets = [sheet];
    made.addEventListener("pagehide", () => setShown(null));
    setShown(made);
  };
  const toggle = () => {
    if (shown !== null) shown.close();
    else void open().catch(() => undefined);
  };
  return { shown, toggle };
}

export function SmallWindow({ shown, onLeave }: { shown: Window | null; onLeave: () => void }) {
  return shown === null ? null : createPortal(<Contents onLeave={onLeave} />, shown.document.body);
}
