/** Notices of this conversation, on or off for oneself. */
import { Switch } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { tellProblem } from "@/base/problems";
import { api } from "@/conversations/rest";
import type { Conversation } from "@/protocol/conversations";

export function Silence({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const change = useMutation({
    mutationFn: (silent: boolean) => api.conversations.silence(conversation.id, silent),
    onError: tellProblem,
  });
  return (
    <Switch
      mt="sm"
      size="sm"
      label={t("conversations.details.notices")}
      description={conversation.silent ? t("conversations.details.noticesOff") : t("conversations.details.noticesOn")}
      checked={change.isPending ? !change.variables : !conversation.silent}
      onChange={(event) => change.mutate(!event.currentTarget.checked)}
    />
  );
}
