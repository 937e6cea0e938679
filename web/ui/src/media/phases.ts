/**
 * The phases of a call in one tab, as one table.
 *
 * starting   asking for the conference, the socket and a seat
 * joined     we have a seat; transports come and go underneath, the person stays in the call
 * replaced   the same person sits in another tab now
 * left       left by the person's own wish
 * ended      the conference is over for everybody
 * refused    the server says no, or the person is no member any more
 */
export type Phase = "starting" | "joined" | "replaced" | "left" | "ended" | "refused";

export type Happening = "seated" | "replaced" | "left" | "ended" | "refused" | "started";

const TABLE: Readonly<Record<Phase, Readonly<Partial<Record<Happening, Phase>>>>> = {
  starting: { seated: "joined", replaced: "replaced", left: "left", ended: "ended", refused: "refused" },
  joined: { seated: "joined", replaced: "replaced", left: "left", ended: "ended", refused: "refused" },
  replaced: { started: "starting", ended: "ended", refused: "refused" },
  left: { started: "starting" },
  ended: { started: "starting" },
  refused: { started: "starting" },
};

/** The phase after something happened; the same one when it means nothing there. */
export function nextPhase(phase: Phase, happening: Happening): Phase {
  return TABLE[phase][happening] ?? phase;
}

/** Whether the tab takes part, or is about to. */
export function isActive(phase: Phase): boolean {
  return phase === "starting" || phase === "joined";
}
