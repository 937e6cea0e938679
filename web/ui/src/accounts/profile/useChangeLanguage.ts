/** One's language: shown at once, kept with the profile. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { applyLanguage, rememberLanguage } from "@/base/i18n";
import { keys } from "@/base/keys";
import { tellProblem } from "@/base/problems";
import { useSession } from "@/base/session";
import { api } from "@/protocol/api";
import type { Language } from "@/protocol/types";

export function useChangeLanguage(): (language: Language) => void {
  const session = useSession();
  const cache = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (language: Language) => api.profile.change({ version: session.profile.version, language }),
    onMutate: (language) => {
      rememberLanguage(language);
      void applyLanguage(language);
    },
    onSettled: () => cache.invalidateQueries({ queryKey: keys.session }),
    onError: tellProblem,
  });
  return mutate;
}
