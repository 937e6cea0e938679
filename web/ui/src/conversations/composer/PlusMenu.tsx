/** The "+" beside the message field (CONF-012). */
import { ActionIcon, Menu } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Conversation } from "@/protocol/conversations";

import { PLUS_ENTRIES } from "./plus";

// locale-keys: conversations.plus.*
export function PlusMenu({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const entries = PLUS_ENTRIES.filter((entry) => entry.isOffered?.() !== false);
  if (entries.length === 0) return null;
  return (
    <Menu position="top-start" shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={44} radius="xl" aria-label={t("conversations.plus.open")}>
          <IconPlus size={24} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {entries.map(({ id, icon: EntryIcon, label, open }) => (
          <Menu.Item key={id} leftSection={<EntryIcon size={18} />} onClick={() => open(conversation)}>
            {t(label)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
