/** What a thread asks about one of its messages. */
import { lazy, Suspense } from "react";

import { DeleteDialog } from "./MessageList";
import type { ThreadDialog } from "./useThreadActs";

const ForwardDialog = lazy(() => import("./ForwardDialog").then(({ ForwardDialog }) => ({ default: ForwardDialog })));
const EmojiPicker = lazy(() => import("./ReactionDialogs").then(({ EmojiPicker }) => ({ default: EmojiPicker })));
const WhoReacted = lazy(() => import("./ReactionDialogs").then(({ WhoReacted }) => ({ default: WhoReacted })));

export function ThreadDialogs({ dialog, onClose }: { dialog: ThreadDialog | null; onClose: () => void }) {
  return (
    <>
      {dialog?.about === "removal" && <DeleteDialog message={dialog.message} onClose={onClose} />}
      <Suspense fallback={null}>
        {dialog?.about === "emoji" && <EmojiPicker message={dialog.message} onClose={onClose} />}
        {dialog?.about === "forward" && <ForwardDialog message={dialog.message} onClose={onClose} />}
        {dialog?.about === "reactions" && <WhoReacted message={dialog.message} onClose={onClose} />}
      </Suspense>
    </>
  );
}
