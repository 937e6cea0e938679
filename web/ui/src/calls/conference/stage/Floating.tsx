/** One's own picture over the others: dragged from corner to corner, or put away. */
import { ActionIcon, UnstyledButton } from "@mantine/core";
import { IconMinus, IconUser } from "@tabler/icons-react";
import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { useViewing, type Corner } from "@/calls/conference/view";

import classes from "./Floating.module.css";

const DRAG_PX = 6;
const STEPS: Readonly<Record<string, (corner: Corner) => Corner>> = {
  ArrowLeft: (corner) => (corner.startsWith("top") ? "top left" : "bottom left"),
  ArrowRight: (corner) => (corner.startsWith("top") ? "top right" : "bottom right"),
  ArrowUp: (corner) => (corner.endsWith("left") ? "top left" : "top right"),
  ArrowDown: (corner) => (corner.endsWith("left") ? "bottom left" : "bottom right"),
};

export function Floating({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const viewing = useViewing();
  const { corner, small } = useValue(viewing);
  const element = useRef<HTMLDivElement>(null);
  const from = useRef<{ x: number; y: number } | null>(null);
  const [moved, setMoved] = useState<{ x: number; y: number } | null>(null);

  const onDown = (event: PointerEvent) => {
    if ((event.target as HTMLElement).closest("button") !== null || event.button !== 0) return;
    from.current = { x: event.clientX, y: event.clientY };
    // A quick hand is outside before the first move is told.
    element.current?.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent) => {
    if (from.current === null) return;
    const by = { x: event.clientX - from.current.x, y: event.clientY - from.current.y };
    if (moved === null && Math.hypot(by.x, by.y) < DRAG_PX) return;
    setMoved(by);
  };
  const onUp = () => {
    from.current = null;
    if (moved === null) return;
    setMoved(null);
    const stage = element.current?.parentElement?.getBoundingClientRect();
    const here = element.current?.getBoundingClientRect();
    if (stage === undefined || here === undefined) return;
    const side = here.x + here.width / 2 < stage.x + stage.width / 2 ? "left" : "right";
    const end = here.y + here.height / 2 < stage.y + stage.height / 2 ? "top" : "bottom";
    viewing.change((view) => ({ ...view, corner: `${end} ${side}` }));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    viewing.change((view) => ({ ...view, corner: step(view.corner) }));
  };
  const setSmall = (value: boolean) => viewing.change((view) => ({ ...view, small: value }));

  if (small) {
    return (
      <UnstyledButton className={classes.putAway} data-corner={corner} onClick={() => setSmall(false)} data-testid="self-show">
        <IconUser size={18} aria-hidden="true" />
        {t("conference.self.show")}
      </UnstyledButton>
    );
  }
  return (
    <div
      ref={element}
      className={classes.floating}
      data-corner={corner}
      data-dragged={moved !== null}
      style={moved === null ? undefined : { transform: `translate(${moved.x}px, ${moved.y}px)` }}
      role="group"
      aria-label={t("conference.self.move")}
      tabIndex={0}
      onPointerDown={onDown}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerCancel={onUp}
      onKeyDown={onKeyDown}
      data-testid="self-view"
    >
      {children}
      <ActionIcon className={classes.hide ?? ""} variant="filled" color="dark" radius="xl" size={28} aria-label={t("conference.self.hide")} onClick={() => setSmall(true)} data-testid="self-hide">
        <IconMinus size={16} />
      </ActionIcon>
    </div>
  );
}
