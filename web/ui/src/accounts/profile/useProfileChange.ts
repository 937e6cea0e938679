/** Save a part of one's profile; the session's copy follows. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { keys } from "@/accounts/keys";
import { api, type ProfileBody } from "@/accounts/rest";
import { tellDone } from "@/base/problems";
import { useSession } from "@/base/session";

export function useProfileChange(onSaved?: () => void) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { profile } = useSession();
  return useMutation({
    mutationFn: (fields: Omit<ProfileBody, "version">) => api.profile.change({ ...fields, version: profile.version }),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: keys.session });
      onSaved?.();
      tellDone(t("profile.saved"));
    },
  });
}

/** After a conflict: what the server has now. */
export function useProfileReload(): () => Promise<void> {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: keys.session });
}
