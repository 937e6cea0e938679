/** Who is on the other side, and what the visitor may do beside writing. */
import { useEffect, useRef, useState } from "preact/hooks";

import { useParts } from "./context";
import { Face, Icon } from "./Icon";
import { isOpen, type Medium } from "./rest";
import { useValue } from "./useValue";
import { currentLanguage, t } from "./words";

export function Header() {
  const { visit, host, calls } = useParts();
  const { config, visit: asked, form, talk } = useValue(visit.state);
  const { place } = { place: useValue(calls.place) };
  const company = config?.texts[currentLanguage()]?.title || config?.organisation || "";
  const agent = asked?.agent ?? config?.agent ?? null;
  const open = asked !== null && isOpen(asked);
  const mayCall = (medium: Medium) => config?.live[medium] === true && place === "none" && (!form || open) && (asked === null || open);
  const call = (medium: Medium) => {
    if (open) calls.begin(medium);
    if (open) void visit.escalate(medium).catch(() => calls.refuse());
    else {
      visit.ask(medium, "");
      // Questions come first: then the window opens at the answer.
      if (visit.state.get().question === "none") calls.begin(medium);
    }
  };
  return (
    <header class="header">
      <Face name={agent?.name ?? company} url={agent?.avatar_url ?? config?.logo_url ?? null} size={42} />
      <div class="who">
        <h1 title={company}>{company}</h1>
        <p>
          {agent !== null && <strong>{agent.name}</strong>}
          <span>{asked?.agent?.position || t("widget.service")}</span>
        </p>
      </div>
      {mayCall("audio") && <Press name="phone" label={t("widget.header.audio")} onPress={() => call("audio")} testId="call-audio" />}
      {mayCall("video") && <Press name="video" label={t("widget.header.video")} onPress={() => call("video")} testId="call-video" />}
      {open && talk !== null && <Menu />}
      {host.isEmbedded && <Press name="fold" label={t("widget.header.fold")} onPress={() => host.tell({ type: "fold" })} testId="fold" />}
    </header>
  );
}

interface PressProps {
  name: Parameters<typeof Icon>[0]["name"];
  label: string;
  onPress: () => void;
  testId: string;
}

function Press({ name, label, onPress, testId }: PressProps) {
  return (
    <button type="button" class="press" aria-label={label} title={label} onClick={onPress} data-testid={testId}>
      <Icon name={name} />
    </button>
  );
}

function Menu() {
  const { visit } = useParts();
  const [shown, setShown] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!shown) return;
    box.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const away = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === "Escape" : !box.current?.contains(event.target as Node)) setShown(false);
      if (event instanceof KeyboardEvent && event.key === "Escape") event.stopPropagation();
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", away, true);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", away, true);
    };
  }, [shown]);
  const end = () => {
    setShown(false);
    void visit.leave().catch(() => undefined);
  };
  return (
    <div class="menu" ref={box}>
      <button
        type="button"
        class="press"
        aria-label={t("widget.header.menu")}
        title={t("widget.header.menu")}
        aria-haspopup="menu"
        aria-expanded={shown}
        onClick={() => setShown(!shown)}
        data-testid="menu"
      >
        <Icon name="more" />
      </button>
      {shown && (
        <div class="items" role="menu">
          <button type="button" role="menuitem" onClick={end} data-testid="end">
            {t("widget.header.end")}
          </button>
        </div>
      )}
    </div>
  );
}
