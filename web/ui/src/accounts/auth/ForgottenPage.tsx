/** Ask for a mail with a link to set a new password (CC-005). The answer never tells whether the address is known. */
import { Alert, Anchor, Button, Stack, Text, TextInput } from "@mantine/core";
import { IconMailCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { api } from "@/accounts/rest";
import { ProblemAlert } from "@/base/problems";

import { AuthFrame } from "./AuthFrame";

export function ForgottenPage() {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  const ask = useMutation({ mutationFn: () => api.password.forgotten(email.trim()) });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  return (
    <AuthFrame title={t("auth.forgotten.title")}>
      <Stack gap="md">
        {ask.isSuccess ? (
          <Alert color="green" icon={<IconMailCheck size={20} />} role="status">
            {t("auth.forgotten.sent")}
          </Alert>
        ) : (
          <form onSubmit={submit}>
            <Stack gap="md">
              <Text c="dimmed">{t("auth.forgotten.text")}</Text>
              {ask.error && <ProblemAlert error={ask.error} />}
              <TextInput
                label={t("auth.email")}
                type="email"
                name="email"
                autoComplete="username"
                required
                autoFocus
                value={email}
                onChange={(event) => setEmail(event.currentTarget.value)}
              />
              <Button type="submit" size="md" loading={ask.isPending}>
                {t("auth.forgotten.submit")}
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
