/** The invitation: who invites, one's own name and picture, and the button that asks to be let in. */
import { Anchor, Button, Text, TextInput } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";
import { Trans, useTranslation } from "react-i18next";

import { currentLanguage } from "@/base/i18n";
import { ProblemAlert } from "@/base/problems";
import type { Invitation } from "@/calls/rest";

import type { Door } from "./door";
import { Frame } from "./GuestPage";
import classes from "./guests.module.css";
import { Preview, usePreview } from "./Preview";

export function Invited({ door, invitation }: { door: Door; invitation: Invitation }) {
  const { t } = useTranslation();
  const preview = usePreview();
  const [name, setName] = useState("");
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setAsking(true);
    setProblem(null);
    door.ask(name, currentLanguage()).catch((error: unknown) => {
      setProblem(error);
      setAsking(false);
    });
  };
  return (
    <Frame>
      <div className={classes.card} data-testid="guest-invited">
        <div className={classes.long}>
          <h1 className={classes.title}>{t("guest.page.heading", { name: invitation.invited_by })}</h1>
          <Text c="dimmed" ta="center">
            {invitation.organisation}
          </Text>
        </div>
        <Preview preview={preview} />
        <form onSubmit={submit} className={classes.form}>
          {problem !== null && <ProblemAlert error={problem} />}
          <TextInput
            label={t("guest.page.name")}
            description={t("guest.page.nameHint")}
            autoComplete="name"
            required
            maxLength={60}
            size="md"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-testid="guest-name"
          />
          <Button type="submit" size="md" fullWidth loading={asking} disabled={name.trim() === ""} data-testid="guest-ask">
            {t("guest.page.join")}
          </Button>
          <Text size="sm" c="dimmed" ta="center">
            <Trans
              t={t}
              i18nKey="guest.page.terms"
              components={{
                terms: <Anchor href="/legal/terms" target="_blank" rel="noopener" size="sm" underline="always" />,
                privacy: <Anchor href="/legal/privacy" target="_blank" rel="noopener" size="sm" underline="always" />,
              }}
            />
          </Text>
          <Text size="sm" c="dimmed" ta="center">
            {t("guest.page.privacyNote")}
          </Text>
        </form>
      </div>
    </Frame>
  );
}
