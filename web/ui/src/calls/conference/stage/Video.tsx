/** One picture: a stream or a track in a video element, hidden until its first frame is there. */
import { useEffect, useMemo, useRef, useState } from "react";

import classes from "./Video.module.css";

interface VideoProps {
  stream: MediaStream;
  mirrored?: boolean;
  /** Show all of it, with room beside it, rather than fill the tile. */
  whole?: boolean;
  testId?: string;
}

export function Video({ stream, mirrored = false, whole = false, testId }: VideoProps) {
  const element = useRef<HTMLVideoElement>(null);
  const [shown, setShown] = useState(false);

  useEffect(() => {
    const video = element.current;
    if (video === null) return;
    video.srcObject = stream;
    // Muted pictures may always play; a failure here is an element that was taken away meanwhile.
    void video.play().catch(() => undefined);
    return () => {
      video.srcObject = null;
      setShown(false);
    };
  }, [stream]);

  return (
    <video
      ref={element}
      className={classes.video}
      data-shown={shown}
      data-mirrored={mirrored}
      data-whole={whole}
      data-testid={testId}
      onLoadedData={() => setShown(true)}
      onPlaying={() => setShown(true)}
      autoPlay
      muted
      playsInline
      aria-hidden="true"
    />
  );
}

/** The person's own camera or screen. */
export function TrackVideo({ track, ...shape }: { track: MediaStreamTrack; mirrored: boolean; whole?: boolean; testId: string }) {
  const stream = useMemo(() => new MediaStream([track]), [track]);
  return <Video stream={stream} {...shape} />;
}
