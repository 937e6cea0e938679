/** A laser pointer over a live picture: one's own mouse or finger while it points, and everybody's spots with their names (BEY-011). */
import { ActionIcon } from "@mantine/core";
import { IconPointer } from "@tabler/icons-react";
import { type CSSProperties, type PointerEvent, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { colourOf } from "@/base/people";
import { useValue } from "@/base/useValue";
import type { Shown } from "@/calls/conference/arrangement";
import { useCall } from "@/calls/conference/callContext";
import { type Frame, type Pointer, POINTER_SHOWN_MS, toPlace, toSpot } from "@/media/pointing";

import classes from "./pointers.module.css";

interface Shape {
  whole?: boolean;
  mirrored?: boolean;
}

/** How the picture beside this layer is shown now. */
function measure(layer: HTMLElement, { whole = false, mirrored = false }: Shape): Frame | null {
  const video = layer.parentElement?.querySelector("video");
  if (video == null || video.videoWidth === 0) return null;
  const { left, top, width, height } = layer.getBoundingClientRect();
  return { box: { left, top, width, height }, picture: { width: video.videoWidth, height: video.videoHeight }, whole, mirrored };
}

function Spot({ pointer, name, colour, shape: { whole = false, mirrored = false } }: { pointer: Pointer; name: string; colour: string; shape: Shape }) {
  const element = useRef<HTMLSpanElement>(null);
  const { x, y } = pointer;
  useLayoutEffect(() => {
    const spot = element.current;
    if (spot?.parentElement == null) return;
    const frame = measure(spot.parentElement, { whole, mirrored });
    const place = frame && toPlace({ x, y }, frame);
    spot.hidden = place === null;
    if (frame === null || place === null) return;
    const left = place.left - frame.box.left;
    spot.style.transform = `translate(${left}px, ${place.top - frame.box.top}px)`;
    spot.dataset.side = left > frame.box.width / 2 ? "left" : "right";
  }, [x, y, whole, mirrored]);
  useLayoutEffect(() => {
    const fading = element.current?.animate([{ opacity: 1 }, { opacity: 1, offset: 0.6 }, { opacity: 0 }], { duration: POINTER_SHOWN_MS, fill: "forwards" });
    return () => fading?.cancel();
  }, [pointer]);
  return (
    <span ref={element} className={classes.spot} style={{ "--colour": colour } as CSSProperties} data-testid="pointer" data-x={x.toFixed(3)} data-y={y.toFixed(3)}>
      <span className={classes.name}>{name}</span>
    </span>
  );
}

/** Lies over one picture, in the element that holds its video. */
export function PointerLayer({ shown: { key, participant, source }, ...shape }: { shown: Shown } & Shape) {
  const { t } = useTranslation();
  const call = useCall();
  const { pointing } = call.floor;
  const on = useValue(pointing.on);
  const pointers = useValue(pointing.pointers).filter((one) => one.key === key);
  const { conference, participantId } = useValue(call.state);
  const point = (event: PointerEvent<HTMLElement>) => {
    const frame = measure(event.currentTarget, shape);
    const spot = frame && toSpot({ left: event.clientX, top: event.clientY }, frame);
    if (spot !== null) pointing.point(participant.id, source, spot);
  };
  // A finger stays with the picture it began on.
  const begin = (event: PointerEvent<HTMLElement>) => {
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    point(event);
  };
  if (!on && pointers.length === 0) return null;
  return (
    <div className={classes.layer} data-on={on} {...(on && { onPointerDown: begin, onPointerMove: point, "data-testid": `pointing-${key.replace(" ", "-")}` })} aria-hidden="true">
      {pointers.map((pointer) => {
        const by = conference?.participants.find(({ id }) => id === (pointer.by ?? participantId));
        return by && <Spot key={by.id} pointer={pointer} name={pointer.by === null ? t("conference.you") : by.name} colour={colourOf(by.person_id)} shape={shape} />;
      })}
    </div>
  );
}

export function PointButton({ shown: { key }, className }: { shown: Shown; className: string }) {
  const { t } = useTranslation();
  const { pointing } = useCall().floor;
  const on = useValue(pointing.on);
  return (
    <ActionIcon
      className={className}
      data-pinned={on}
      variant="filled"
      color={on ? "red" : "dark"}
      radius="xl"
      size={34}
      aria-label={t(on ? "conference.point.off" : "conference.point.on")}
      title={t(on ? "conference.point.off" : "conference.point.on")}
      aria-pressed={on}
      onClick={() => pointing.toggle()}
      data-testid={`point-${key.replace(" ", "-")}`}
    >
      <IconPointer size={18} />
    </ActionIcon>
  );
}
