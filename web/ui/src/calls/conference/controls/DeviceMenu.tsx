/** Which microphone, camera and speaker: a menu behind a small button. */
import { Menu } from "@mantine/core";
import { IconMicrophone, IconVideo, IconVolume } from "@tabler/icons-react";
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { useCall } from "@/calls/conference/callContext";
import { canChooseSpeaker, type DeviceKind } from "@/media/capture/devices";

import classes from "./controls.module.css";
import { EffectItem } from "./EffectItems";

// locale-keys: conference.devices.microphone, conference.devices.camera, conference.devices.speaker
const SYSTEM_DEFAULT = "";
const ICONS = { microphone: IconMicrophone, camera: IconVideo, speaker: IconVolume } as const;

function KindItems({ kind }: { kind: DeviceKind }) {
  const { t } = useTranslation();
  const call = useCall();
  const { lists, choices } = useValue(call.devices.state);
  const Icon = ICONS[kind];
  const devices = lists[kind];
  const used = call.devices.current(kind);
  const away = choices[kind] !== null && used === null && devices.length > 0 ? choices[kind] : null;
  return (
    <>
      <Menu.Label>
        <span className={classes.menuLabel}>
          <Icon size={16} aria-hidden="true" />
          {t(`conference.devices.${kind}`)}
        </span>
      </Menu.Label>
      <Menu.RadioGroup
        value={away?.id ?? used?.id ?? SYSTEM_DEFAULT}
        onChange={(id) => void call.chooseDevice(kind, id === SYSTEM_DEFAULT ? null : id)}
      >
        <Menu.RadioItem value={SYSTEM_DEFAULT} data-testid={`${kind}-choice`}>
          {t("conference.devices.default")}
        </Menu.RadioItem>
        {devices.map(({ id, label }, index) => (
          <Menu.RadioItem key={id} value={id} data-testid={`${kind}-choice`}>
            {label === "" ? t("conference.devices.unnamed", { number: index + 1 }) : label}
          </Menu.RadioItem>
        ))}
        {away !== null && (
          <Menu.RadioItem value={away.id} disabled>
            {t("conference.devices.away", { label: away.label })}
          </Menu.RadioItem>
        )}
      </Menu.RadioGroup>
      {devices.length === 0 && <Menu.Item disabled>{t("conference.devices.none")}</Menu.Item>}
      {kind === "microphone" && <EffectItem name="noise" />}
      {kind === "camera" && <EffectItem name="blur" />}
    </>
  );
}

/** Entries of a menu: the devices of these kinds, as far as the browser lets one choose. */
export function DeviceItems({ kinds }: { kinds: readonly DeviceKind[] }) {
  const shown = kinds.filter((kind) => kind !== "speaker" || canChooseSpeaker());
  return shown.map((kind, index) => (
    <Fragment key={kind}>
      {index > 0 && <Menu.Divider />}
      <KindItems kind={kind} />
    </Fragment>
  ));
}

interface DeviceMenuProps {
  kinds: readonly DeviceKind[];
  /** The button that opens it. */
  children: ReactNode;
}

export function DeviceMenu({ kinds, children }: DeviceMenuProps) {
  return (
    <Menu position="top" withinPortal={false} shadow="lg" width={300}>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown className={classes.menu ?? ""}>
        <DeviceItems kinds={kinds} />
      </Menu.Dropdown>
    </Menu>
  );
}
