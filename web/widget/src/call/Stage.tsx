/** The pictures of a call: the other side large, one's own small; a face where there is no picture. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import type { Call } from "@/media/call";
import { keyOf, type Received } from "@/media/peer/receiving";

import { Face } from "../frame/Icon";
import { useValue } from "../frame/useValue";
import { t } from "../frame/words";

interface StageProps {
  call: Call;
  name: string;
  avatarUrl: string | null;
  children: ComponentChildren;
}

export function Stage({ call, name, avatarUrl, children }: StageProps) {
  const received = useValue(call.received);
  const { conference } = useValue(call.state);
  const camera = useValue(call.capture.camera);
  const box = useRef<HTMLDivElement>(null);
  const sending = new Set(conference?.participants.filter(({ video }) => video).map(({ id }) => id));
  const pictures = [...received.values()].filter(({ kind, source, participantId }) => kind === "video" && (source === "screen" || sending.has(participantId)));
  // A shown screen is what one is meant to look at; its line is there as long as it is shown, and nothing comes by it before it has a place.
  pictures.sort((a, b) => Number(b.source === "screen") - Number(a.source === "screen"));
  const shown = pictures.map(({ participantId, source }) => keyOf(participantId, source)).join("|");
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const tell = () => {
      const size = { width: element.clientWidth, height: element.clientHeight };
      const keys = shown === "" ? [] : shown.split("|");
      call.watching.show(new Map(keys.map((key) => [key, size])));
    };
    tell();
    const observer = new ResizeObserver(tell);
    observer.observe(element);
    return () => observer.disconnect();
  }, [call, shown]);
  return (
    <div class={`stage ${pictures.length > 0 ? "seen" : ""}`} ref={box}>
      {pictures.length === 0 && <Face name={name} url={avatarUrl} size={96} />}
      {pictures.map((picture) => (
        <Picture key={keyOf(picture.participantId, picture.source)} picture={picture} name={name} />
      ))}
      <h2 class="name">{name}</h2>
      <div class="told">
        {conference?.recording != null && (
          <p role="status" class="recorded" data-testid="call-recorded">
            {t("widget.call.recorded")}
          </p>
        )}
        {children}
      </div>
      {camera.wanted && camera.track !== null && <Own track={camera.track} />}
    </div>
  );
}

function Picture({ picture, name }: { picture: Received; name: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = picture.stream;
  }, [picture.stream]);
  const label = picture.source === "screen" ? t("widget.call.screenOf", { name }) : name;
  return <video ref={video} class={`picture ${picture.source}`} autoPlay playsInline muted aria-label={label} data-testid={`picture-${picture.source}`} />;
}

function Own({ track }: { track: MediaStreamTrack }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = new MediaStream([track]);
  }, [track]);
  return <video ref={video} class="own" autoPlay playsInline muted aria-label={t("widget.call.own")} data-testid="own-picture" />;
}
