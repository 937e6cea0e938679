/** Asking a technician: the conversation becomes that of a service case, with its history, files and people (BEY-055). */
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { tellDone } from "@/base/problems";
import { PeoplePicker } from "@/conversations/list/NewConversation";
import { openConference } from "@/conversations/windows";
import { nameOf } from "@/desk/describing";
import { useVisitAct } from "@/desk/queries";
import { api, type Visit } from "@/desk/rest";
import type { Person } from "@/protocol/people";

export function CaseDialog({ visit, onClose }: { visit: Visit; onClose: () => void }) {
  const { t } = useTranslation();
  const [title, setTitle] = useState(() => t("desk.case.titleOf", { name: nameOf(visit.visitor), project: visit.project_name }));
  const [people, setPeople] = useState<Person[]>([]);
  const make = useVisitAct(
    () => api.makeCase(visit.id, title.trim(), people.map((person) => person.id)),
    () => {
      tellDone(t("desk.case.done"));
      openConference(visit.conversation_id, visit.conference_id ?? undefined);
      onClose();
    },
  );
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    make.mutate(undefined);
  };
  return (
    <Modal opened onClose={onClose} title={t("desk.case.heading")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {t("desk.case.text")}
          </Text>
          <TextInput label={t("desk.case.title")} required maxLength={200} value={title} onChange={(event) => setTitle(event.currentTarget.value)} />
          <PeoplePicker chosen={people} onChange={setPeople} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" disabled={title.trim() === "" || people.length === 0} loading={make.isPending}>
              {t("desk.case.submit")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
