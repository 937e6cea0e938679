/** The button beside one's name that always shows the outgoing project, and its window (WORK-025..028). */
import { Button, Group, Modal, Radio, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconPhoneOutgoing } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import classes from "./agent.module.css";
import { useAgentHome, useHomeChange, type AgentHome } from "./home";

function ChooseProject({ home, onClose }: { home: AgentHome; onClose: () => void }) {
  const { t } = useTranslation();
  const { outgoing } = useHomeChange();
  const [chosen, setChosen] = useState(home.outgoing_project_id ?? "");
  return (
    <Modal opened onClose={onClose} title={t("agent.outgoing.title")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {t("agent.outgoing.text")}
        </Text>
        <Radio.Group value={chosen} onChange={setChosen} aria-label={t("agent.outgoing.title")}>
          <Stack gap="sm">
            {home.projects.map((project) => (
              <Radio
                key={project.id}
                value={project.id}
                label={project.name}
                description={project.direction === "incoming" || project.direction === "off" ? t("agent.outgoing.onlyIncoming") : undefined}
              />
            ))}
          </Stack>
        </Radio.Group>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button disabled={chosen === ""} loading={outgoing.isPending} onClick={() => outgoing.mutate(chosen, { onSuccess: onClose })}>
            {t("common.save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

export default function OutgoingProject() {
  const { t } = useTranslation();
  const { data: home } = useAgentHome();
  const [isOpen, setOpen] = useState(false);
  if (home === undefined || home.projects.length === 0) return null;
  const current = home.projects.find((project) => project.id === home.outgoing_project_id)?.name;
  return (
    <>
      <UnstyledButton className={classes.outgoing} onClick={() => setOpen(true)} title={t("agent.outgoing.title")}>
        <IconPhoneOutgoing size={18} aria-hidden="true" />
        <span className="visually-hidden">{t("agent.outgoing.title")}: </span>
        <span className={classes.outgoingName}>{current ?? t("agent.outgoing.none")}</span>
      </UnstyledButton>
      {isOpen && <ChooseProject home={home} onClose={() => setOpen(false)} />}
    </>
  );
}
