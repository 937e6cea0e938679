/** Sign in with e-mail and password (CC-001..005). */
import { Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { api } from "@/accounts/rest";
import { ProblemAlert } from "@/base/problems";

import { AuthFrame } from "./AuthFrame";
import { safeNext } from "./next";

export function SignInPage() {
  const { t } = useTranslation();
  const { next } = useSearch({ from: "/auth/login" });
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => api.session.start(email.trim(), password),
    onSuccess: async () => {
      cache.clear();
      await navigate({ href: safeNext(next), replace: true });
    },
  });

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    signIn.mutate();
  };

  return (
    <AuthFrame title={t("auth.signIn.title")}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {signIn.error && <ProblemAlert error={signIn.error} />}
          <TextInput
            label={t("auth.email")}
            type="email"
            name="email"
            autoComplete="username"
            inputMode="email"
            required
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("auth.password")}
            name="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" size="md" tt="uppercase" loading={signIn.isPending} mt="xs">
            {t("auth.signIn.submit")}
          </Button>
          <Anchor component={Link} to="/auth/forgotten" size="sm" ta="center">
            {t("auth.signIn.forgotten")}
          </Anchor>
        </Stack>
      </form>
    </AuthFrame>
  );
}
