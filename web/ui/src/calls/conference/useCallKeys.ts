/** The keys of a call's window: each letter does what a button does. */
import { useMemo } from "react";

import { tellProblem } from "@/base/problems";
import { toggleOrHold } from "@/calls/conference/stage/holding";

import { useCall } from "./callContext";
import { useKeys } from "./page";
import type { MadeFreezing } from "./useMakeFreezing";
import type { Panels } from "./usePanels";
import { nextLayout, useViewing } from "./view";

interface Pressed {
  panels: Panels;
  toggleHand: () => void;
  freezing: MadeFreezing;
  enabled: boolean;
}

export function useCallKeys({ panels, toggleHand, freezing, enabled }: Pressed): void {
  const call = useCall();
  const viewing = useViewing();
  const { toggle, closeAll, ask } = panels;
  const keys = useMemo(
    () => ({
      m: () => void call.toggleMicrophone().catch(tellProblem),
      v: () => void call.toggleCamera(),
      s: () => (call.screen.isShared ? call.screen.stop() : void call.shareScreen(call.screen.state.get().hint)),
      g: () => viewing.change((view) => ({ ...view, layout: nextLayout(view.layout), pin: null, page: 0 })),
      h: toggleHand,
      p: () => toggle("people"),
      l: () => call.sparing.press(),
      "?": () => ask("keys"),
      c: () => toggle("chat"),
      f: () => freezing.freezeBest(viewing.get().pin),
      i: () => toggle("statistics"),
      w: () => toggleOrHold(call.floor.pointing),
      escape: () => {
        call.floor.pointing.on.set(false);
        closeAll();
      },
    }),
    [call, viewing, toggleHand, freezing, toggle, closeAll, ask],
  );
  useKeys(keys, enabled);
}
