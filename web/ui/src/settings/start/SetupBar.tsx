/** "Postęp konfiguracji panelu NN%" at the bottom, and the panel that slides out of it (CC-044..049). */
import { ActionIcon, Collapse, Progress, UnstyledButton } from "@mantine/core";
import { IconCheck, IconChevronDown, IconPencil, IconX } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

import { useSetup } from "@/settings/queries";
import classes from "./SetupBar.module.css";

export function SetupBar() {
  // locale-keys: settings.setup.item.*
  const { t } = useTranslation();
  const { data: setup } = useSetup();
  const [isOpen, setOpen] = useState(false);
  const navigate = useNavigate();
  const panel = useId();
  if (setup === undefined) return null;
  return (
    <section className={classes.setup} aria-label={t("settings.setup.title", { percent: setup.percent })}>
      <Progress value={setup.percent} size={4} radius={0} aria-hidden="true" />
      <UnstyledButton className={classes.setupHead} aria-expanded={isOpen} aria-controls={panel} onClick={() => setOpen(!isOpen)}>
        {t("settings.setup.title", { percent: setup.percent })}
        <IconChevronDown size={18} className={classes.chevron} data-open={isOpen || undefined} aria-hidden="true" />
      </UnstyledButton>
      <Collapse expanded={isOpen} id={panel}>
        <ul className={classes.setupList}>
          {setup.items.map((item) => {
            const label = t(`settings.setup.item.${item.key}`);
            return (
              <li key={item.key} className={classes.setupItem} data-part={item.part_of !== null || undefined}>
                <span className={classes.tick} data-done={item.done || undefined}>
                  {item.done ? <IconCheck size={16} stroke={3} aria-hidden="true" /> : <IconX size={16} stroke={3} aria-hidden="true" />}
                  <span className="visually-hidden">{item.done ? t("settings.setup.done") : t("settings.setup.open")}</span>
                </span>
                <span className="grow">{label}</span>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t("settings.setup.edit", { name: label })}
                  onClick={() => {
                    setOpen(false);
                    void navigate({ to: `/settings/${item.page}` });
                  }}
                >
                  <IconPencil size={17} />
                </ActionIcon>
              </li>
            );
          })}
        </ul>
      </Collapse>
    </section>
  );
}
