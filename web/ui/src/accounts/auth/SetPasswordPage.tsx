/** Set a password with the token from a mail: after an invitation or a forgotten password (CC-006). */
import { Alert, Anchor, Button, Stack } from "@mantine/core";
import { IconCheck, IconLinkOff } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { api } from "@/accounts/rest";
import { ProblemAlert } from "@/base/problems";

import { AuthFrame } from "./AuthFrame";
import { isUsable, NewPasswordFields, type NewPassword } from "./NewPassword";

export function SetPasswordPage() {
  const { t } = useTranslation();
  const { token } = useSearch({ from: "/auth/password" });
  const [fields, setFields] = useState<NewPassword>({ password: "", repeated: "" });
  const set = useMutation({ mutationFn: () => api.password.set(token ?? "", fields.password) });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (isUsable(fields)) set.mutate();
  };
  return (
    <AuthFrame title={t("auth.setPassword.title")}>
      <Stack gap="md">
        {token === undefined && (
          <Alert color="red" icon={<IconLinkOff size={20} />} role="alert">
            {t("auth.setPassword.noToken")}
          </Alert>
        )}
        {set.isSuccess && (
          <Alert color="green" icon={<IconCheck size={20} />} role="status">
            {t("auth.setPassword.done")}
          </Alert>
        )}
        {token !== undefined && !set.isSuccess && (
          <form onSubmit={submit}>
            <Stack gap="md">
              {set.error && <ProblemAlert error={set.error} />}
              <NewPasswordFields value={fields} onChange={setFields} />
              <Button type="submit" size="md" loading={set.isPending} disabled={!isUsable(fields)}>
                {t("auth.setPassword.submit")}
              </Button>
            </Stack>
          </form>
        )}
        <Anchor component={Link} to="/auth/login" size="sm" ta="center">
          {t("auth.backToSignIn")}
        </Anchor>
      </Stack>
    </AuthFrame>
  );
}
