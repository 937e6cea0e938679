/** Which microphone, camera and speaker: a menu behind a small button. */
import { Menu, Text } from "@mantine/core";
import { IconCheck, IconMicrophone, IconVideo, IconVolume } from "@tabler/icons-react";
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { canChooseSpeaker, type DeviceKind } from "@/media/devices";

import { useCall } from "./callContext";
import classes from "./conference.module.css";
import { useValue } from "./useValue";

// locale-keys: conference.devices.microphone, conference.devices.camera, conference.devices.speaker
const ICONS = { microphone: IconMicrophone, camera: IconVideo, speaker: IconVolume } as const;

function DeviceItems({ kind }: { kind: DeviceKind }) {
  const { t } = useTranslation();
  const call = useCall();
  const { lists, choices } = useValue(call.devices.state);
  const Icon = ICONS[kind];
  const devices = lists[kind];
  const used = call.devices.current(kind);
  const away = choices[kind] !== null && used === null && devices.length > 0 ? choices[kind] : null;
  const mark = (chosen: boolean) => (chosen ? <IconCheck size={18} /> : <span className={classes.noCheck} />);
  const item = (id: string | null, label: ReactNode, chosen: boolean) => (
    <Menu.Item
      key={id ?? "default"}
      role="menuitemradio"
      aria-checked={chosen}
      leftSection={mark(chosen)}
      onClick={() => void call.chooseDevice(kind, id)}
      data-testid={`${kind}-choice`}
    >
      {label}
    </Menu.Item>
  );
  return (
    <>
      <Menu.Label>
        <span className={classes.menuLabel}>
          <Icon size={16} aria-hidden="true" />
          {t(`conference.devices.${kind}`)}
        </span>
      </Menu.Label>
      {item(null, t("conference.devices.default"), used === null && away === null)}
      {devices.map(({ id, label }, index) =>
        item(id, label === "" ? t("conference.devices.unnamed", { number: index + 1 }) : label, used?.id === id),
      )}
      {away !== null && (
        <Menu.Item disabled leftSection={mark(true)}>
          {away.label}
          <Text size="xs" component="span" display="block">
            {t("conference.devices.away")}
          </Text>
        </Menu.Item>
      )}
      {devices.length === 0 && <Text className={classes.menuHint ?? ""}>{t("conference.devices.none")}</Text>}
    </>
  );
}

interface DeviceMenuProps {
  kinds: readonly DeviceKind[];
  /** The button that opens it. */
  children: ReactNode;
  /** More entries under the devices. */
  more?: ReactNode;
}

export function DeviceMenu({ kinds, children, more }: DeviceMenuProps) {
  const shown = kinds.filter((kind) => kind !== "speaker" || canChooseSpeaker());
  return (
    <Menu position="top" withinPortal shadow="lg" width={300} closeOnItemClick={false}>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown className={classes.menu ?? ""}>
        {shown.map((kind, index) => (
          <Fragment key={kind}>
            {index > 0 && <Menu.Divider />}
            <DeviceItems kind={kind} />
          </Fragment>
        ))}
        {more}
      </Menu.Dropdown>
    </Menu>
  );
}
