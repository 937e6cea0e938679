/** The keys of the call. */
import { Kbd, Modal, Table } from "@mantine/core";
import { useTranslation } from "react-i18next";

// locale-keys: conference.keys.mic, conference.keys.cam, conference.keys.share, conference.keys.hand, conference.keys.layout,
// locale-keys: conference.keys.statistics, conference.keys.people, conference.keys.thrift, conference.keys.help, conference.keys.close,
// locale-keys: conference.keys.freeze, conference.keys.chat, conference.keys.point
const KEYS = [
  ["M", "mic"],
  ["V", "cam"],
  ["S", "share"],
  ["H", "hand"],
  ["G", "layout"],
  ["P", "people"],
  ["L", "thrift"],
  ["C", "chat"],
  ["F", "freeze"],
  ["W", "point"],
  ["I", "statistics"],
  ["?", "help"],
  ["Esc", "close"],
] as const;

export function Shortcuts({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("conference.keys.title")} closeButtonProps={{ "aria-label": t("conference.close") }} data-testid="shortcuts">
      <Table>
        <Table.Tbody>
          {KEYS.map(([key, name]) => (
            <Table.Tr key={key}>
              <Table.Td w={80}>
                <Kbd>{key}</Kbd>
              </Table.Td>
              <Table.Td>{t(`conference.keys.${name}`)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
