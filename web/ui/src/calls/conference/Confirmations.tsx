/** What is asked before a call ends for everybody, and before it is recorded. */
import { Button, Group, Modal, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { tellProblem } from "@/base/problems";

import { useCall } from "./callContext";
import type { Panels } from "./usePanels";

interface ConfirmationProps {
  opened: boolean;
  title: string;
  /** What the two buttons say. */
  cancel: string;
  confirm: string;
  testId: string;
  onClose: () => void;
  onConfirm: () => void;
  children: ReactNode;
}

function Confirmation({ opened, title, cancel, confirm, testId, onClose, onConfirm, children }: ConfirmationProps) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("conference.close") }}>
      {children}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {cancel}
        </Button>
        <Button color="#c92a3a" onClick={onConfirm} data-testid={testId}>
          {confirm}
        </Button>
      </Group>
    </Modal>
  );
}

export function Confirmations({ panels: { question, answer } }: { panels: Panels }) {
  const { t } = useTranslation();
  const call = useCall();
  const end = () => {
    answer();
    call.floor.endForAll().catch(tellProblem);
  };
  const record = () => {
    answer();
    call.floor.record(true).catch(tellProblem);
  };
  return (
    <>
      <Confirmation
        opened={question === "end"}
        title={t("conference.end.title")}
        cancel={t("conference.end.cancel")}
        confirm={t("conference.end.confirm")}
        testId="end-confirm"
        onClose={answer}
        onConfirm={end}
      >
        <Text mb="lg">{t("conference.end.text")}</Text>
      </Confirmation>
      <Confirmation
        opened={question === "record"}
        title={t("conference.recording.consent.title")}
        cancel={t("conference.recording.consent.cancel")}
        confirm={t("conference.recording.consent.start")}
        testId="record-confirm"
        onClose={answer}
        onConfirm={record}
      >
        <Text mb="sm">{t("conference.recording.consent.told")}</Text>
        <Text mb="sm">{t("conference.recording.consent.kept")}</Text>
        <Text mb="lg">{t("conference.recording.consent.agreed")}</Text>
      </Confirmation>
    </>
  );
}
