/** Old password, new password, confirmed (PBX-016). */
import { Button, Group, PasswordInput, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { isUsable, NewPasswordFields, type NewPassword } from "@/accounts/auth/NewPassword";
import { keys } from "@/accounts/keys";
import { api } from "@/accounts/rest";
import { Panel } from "@/base/Page";
import { ProblemAlert, tellDone } from "@/base/problems";
import { useSession } from "@/base/session";

const NOTHING: NewPassword = { password: "", repeated: "" };

export function PasswordPanel() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { email } = useSession().profile;
  const [old, setOld] = useState("");
  const [fields, setFields] = useState(NOTHING);
  const change = useMutation({
    mutationFn: () => api.profile.changePassword(old, fields.password),
    onSuccess: async () => {
      setOld("");
      setFields(NOTHING);
      tellDone(t("profile.password.done"));
      await cache.invalidateQueries({ queryKey: keys.sessions });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (isUsable(fields)) change.mutate();
  };
  return (
    <Panel title={t("profile.password.title")} text={t("profile.password.text")}>
      <form onSubmit={submit}>
        <Stack gap="md" maw={420}>
          {change.error && <ProblemAlert error={change.error} />}
          {/* Password managers want to know whose password it is. */}
          <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
          <PasswordInput
            label={t("profile.password.old")}
            autoComplete="current-password"
            required
            value={old}
            onChange={(event) => setOld(event.currentTarget.value)}
          />
          <NewPasswordFields value={fields} onChange={setFields} />
          <Group justify="flex-end">
            <Button type="submit" loading={change.isPending} disabled={old === "" || !isUsable(fields)}>
              {t("profile.password.submit")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
