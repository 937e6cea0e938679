/** Beside the pictures: the conversation's own chat, with everything it can do (its call is here already). */
import { lazy, Suspense, useCallback, useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Loading } from "@/base/Loading";
import { ProblemAlert } from "@/base/problems";
import { useValue } from "@/base/useValue";
import { useConversation } from "@/conversations/queries";
import { Thread } from "@/conversations/thread/Thread";
import type { ThreadPlace } from "@/conversations/thread/useThreadPlace";
import { viewing } from "@/files/viewing";

import { SidePanel } from "./SidePanel";

const Viewer = lazy(() => import("@/files/Viewer").then(({ Viewer }) => ({ default: Viewer })));

/** The window stays where it is, so the message that is asked for is known here alone. */
function usePlace(): ThreadPlace {
  const [seq, setSeq] = useState<number>();
  const arrived = useCallback(() => setSeq(undefined), []);
  return useMemo(() => ({ seq, go: setSeq, arrived }), [seq, arrived]);
}

function noHeader(): ReactNode {
  return null;
}

export default function ChatPanel({ conversationId, onClose }: { conversationId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const query = useConversation(conversationId);
  const shown = useValue(viewing);
  const place = usePlace();
  return (
    <SidePanel kind="chat" title={t("conference.chat.title")} testId="chat-panel" onClose={onClose}>
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Loading />}
      {query.data !== undefined && <Thread conversation={query.data} place={place} header={noHeader} inCall />}
      {shown !== null && (
        <Suspense fallback={null}>
          <Viewer shown={shown} inCall />
        </Suspense>
      )}
    </SidePanel>
  );
}
