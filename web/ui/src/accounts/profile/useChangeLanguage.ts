/** One's language: shown at once, kept with the profile. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { keys } from "@/accounts/keys";
import { api } from "@/accounts/rest";
import { applyLanguage, rememberLanguage } from "@/base/i18n";
import { tellProblem } from "@/base/problems";
import { useSession } from "@/base/session";
import type { Language } from "@/protocol/people";

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
