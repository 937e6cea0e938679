/** Closing: what came of it, by the project's codes, and a note for colleagues (BEY-056). */
import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { useVisitAct } from "@/desk/queries";
import { api, type VisitDetails } from "@/desk/rest";

const NOTE_LENGTH_MAX = 4_000;
const CODE_LENGTH_MAX = 100;

export function CloseDialog({ details, onClose }: { details: VisitDetails; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { visit, result_codes: codes } = details;
  const [code, setCode] = useState(visit.result_code);
  const [note, setNote] = useState(visit.result_note);
  const close = useVisitAct(
    () => api.close(visit.id, code.trim(), note.trim()),
    () => {
      onClose();
      void navigate({ to: "/desk" });
    },
  );
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    close.mutate(undefined);
  };
  return (
    <Modal opened onClose={onClose} title={t("desk.close.title")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {codes.length > 0 ? (
            <Select
              size="md"
              label={t("desk.close.code")}
              placeholder={t("desk.close.choose")}
              data={codes}
              value={code === "" ? null : code}
              onChange={(value) => setCode(value ?? "")}
              clearable
              clearButtonProps={{ "aria-label": t("desk.close.clear") }}
              comboboxProps={{ withinPortal: true }}
              data-autofocus
            />
          ) : (
            <TextInput label={t("desk.close.code")} maxLength={CODE_LENGTH_MAX} value={code} onChange={(event) => setCode(event.currentTarget.value)} data-autofocus />
          )}
          <Textarea
            size="md"
            label={t("desk.close.note")}
            description={t("desk.close.noteText")}
            autosize
            minRows={2}
            maxRows={8}
            maxLength={NOTE_LENGTH_MAX}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={close.isPending}>
              {t("desk.close.submit")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
