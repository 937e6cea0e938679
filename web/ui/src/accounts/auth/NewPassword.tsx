/** A new password, typed twice. */
import { PasswordInput, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

export const PASSWORD_LENGTH_MIN = 8;

export interface NewPassword {
  password: string;
  repeated: string;
}

export function isUsable({ password, repeated }: NewPassword): boolean {
  return password.length >= PASSWORD_LENGTH_MIN && password === repeated;
}

export function NewPasswordFields({ value, onChange }: { value: NewPassword; onChange: (value: NewPassword) => void }) {
  const { t } = useTranslation();
  const isShort = value.password !== "" && value.password.length < PASSWORD_LENGTH_MIN;
  const differs = value.repeated !== "" && value.repeated !== value.password;
  return (
    <Stack gap="md">
      <PasswordInput
        label={t("auth.newPassword")}
        description={t("auth.passwordRule", { count: PASSWORD_LENGTH_MIN })}
        autoComplete="new-password"
        required
        minLength={PASSWORD_LENGTH_MIN}
        value={value.password}
        error={isShort ? t("auth.passwordShort", { count: PASSWORD_LENGTH_MIN }) : null}
        onChange={(event) => onChange({ ...value, password: event.currentTarget.value })}
      />
      <PasswordInput
        label={t("auth.repeatPassword")}
        autoComplete="new-password"
        required
        value={value.repeated}
        error={differs ? t("auth.passwordsDiffer") : null}
        onChange={(event) => onChange({ ...value, repeated: event.currentTarget.value })}
      />
    </Stack>
  );
}
