/** Names, position and picture (CC-140..142). */
import { Alert, Avatar, Button, FileButton, Group, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { keys } from "@/accounts/keys";
import { api, type ProfileBody } from "@/accounts/rest";
import { Panel } from "@/base/Page";
import { Picture } from "@/base/people";
import { fieldProblem, isConflict, ProblemAlert } from "@/base/problems";
import { useSession } from "@/base/session";

import { cropPicture } from "./picture";
import { useProfileChange, useProfileReload } from "./useProfileChange";

function AvatarField() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { person } = useSession();
  const [chosen, setChosen] = useState<{ blob: Blob; url: string } | null>(null);
  const [isUnreadable, setUnreadable] = useState(false);
  const save = useMutation({
    mutationFn: async (picture: Blob | null) => {
      if (picture === null) await api.profile.deleteAvatar();
      else await api.profile.putAvatar(picture);
      await cache.invalidateQueries({ queryKey: keys.session });
    },
    onSuccess: () => setChosen(null),
  });
  useEffect(() => () => URL.revokeObjectURL(chosen?.url ?? ""), [chosen]);

  const choose = (file: File | null) => {
    if (file === null) return;
    setUnreadable(false);
    save.reset();
    cropPicture(file).then(
      (blob) => setChosen({ blob, url: URL.createObjectURL(blob) }),
      () => setUnreadable(true),
    );
  };

  return (
    <Stack gap="sm">
      <Group gap="lg">
        {chosen === null ? (
          <Picture id={person.id} name={person.name} url={person.avatar_url} size={84} />
        ) : (
          <Avatar src={chosen.url} size={84} radius={84} alt={t("profile.picture.preview")} />
        )}
        <Stack gap={6}>
          <Group gap="xs">
            {chosen === null ? (
              <>
                <FileButton accept="image/png,image/jpeg,image/webp,image/gif,image/bmp" onChange={choose}>
                  {(props) => (
                    <Button {...props} variant="default" size="sm">
                      {person.avatar_url === null ? t("profile.picture.add") : t("profile.picture.change")}
                    </Button>
                  )}
                </FileButton>
                {person.avatar_url !== null && (
                  <Button variant="subtle" color="red" size="sm" loading={save.isPending} onClick={() => save.mutate(null)}>
                    {t("profile.picture.remove")}
                  </Button>
                )}
              </>
            ) : (
              <>
                <Button size="sm" loading={save.isPending} onClick={() => save.mutate(chosen.blob)}>
                  {t("profile.picture.save")}
                </Button>
                <Button variant="default" size="sm" onClick={() => setChosen(null)}>
                  {t("common.cancel")}
                </Button>
              </>
            )}
          </Group>
          <Text size="xs" c="dimmed">
            {t("profile.picture.text")}
          </Text>
        </Stack>
      </Group>
      {isUnreadable && (
        <Alert color="red" role="alert">
          {t("profile.picture.unreadable")}
        </Alert>
      )}
      {save.error && <ProblemAlert error={save.error} />}
    </Stack>
  );
}

type Edits = Pick<ProfileBody, "first_name" | "last_name" | "position">;

// locale-keys: common.role.*
export function PersonalPanel() {
  const { t } = useTranslation();
  const { profile, person } = useSession();
  const [edits, setEdits] = useState<Edits>({});
  const save = useProfileChange(() => setEdits({}));
  const reload = useProfileReload();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate(edits);
  };
  return (
    <Panel title={t("profile.personal.title")} text={t("profile.personal.text")}>
      <Stack gap="lg">
        <AvatarField />
        <form onSubmit={submit}>
          <Stack gap="md">
            {save.error && (
              <ProblemAlert
                error={save.error}
                {...(isConflict(save.error) && {
                  retryLabel: t("common.reload"),
                  onRetry: () => void reload().then(() => save.reset(), () => undefined),
                })}
              />
            )}
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <TextInput
                label={t("common.field.firstName")}
                required
                maxLength={100}
                autoComplete="given-name"
                error={fieldProblem(save.error, "first_name")}
                value={edits.first_name ?? profile.first_name}
                onChange={(event) => setEdits({ ...edits, first_name: event.currentTarget.value })}
              />
              <TextInput
                label={t("common.field.lastName")}
                required
                maxLength={100}
                autoComplete="family-name"
                error={fieldProblem(save.error, "last_name")}
                value={edits.last_name ?? profile.last_name}
                onChange={(event) => setEdits({ ...edits, last_name: event.currentTarget.value })}
              />
              <TextInput label={t("common.field.email")} description={t("profile.personal.fixed")} readOnly variant="filled" value={profile.email} />
              <TextInput
                label={t("common.field.role")}
                description={t("profile.personal.fixed")}
                readOnly
                variant="filled"
                value={`${t(`common.role.${person.role}`)} · ${person.group_name}`}
              />
              <TextInput
                label={t("common.field.position")}
                maxLength={200}
                autoComplete="organization-title"
                error={fieldProblem(save.error, "position")}
                value={edits.position ?? profile.position}
                onChange={(event) => setEdits({ ...edits, position: event.currentTarget.value })}
              />
            </SimpleGrid>
            <Group justify="flex-end">
              <Button type="submit" loading={save.isPending} disabled={Object.keys(edits).length === 0}>
                {t("common.save")}
              </Button>
            </Group>
          </Stack>
        </form>
      </Stack>
    </Panel>
  );
}
