/** The bar of buttons: microphone, camera, devices, leave, end for all. */
import { Menu, Tooltip, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  IconChartBar,
  IconChevronUp,
  IconDotsVertical,
  IconHandStop,
  IconKeyboard,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhone,
  IconPhoneX,
  IconPhoto,
  IconPictureInPicture,
  IconPointer,
  IconPhotoOff,
  IconPlayerRecord,
  IconPlayerStop,
  IconUsers,
  IconVideo,
  IconVideoOff,
} from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { tellProblem } from "@/base/problems";
import { useValue } from "@/base/useValue";
import { useCall } from "@/calls/conference/callContext";
import { setCheckFirst, wantsCheckFirst } from "@/calls/conference/checkFirst";
import { canShowSmall } from "@/calls/conference/stage/SmallWindow";
import { isAnnounced, type CaptureKind } from "@/media/capture/capture";
import type { DeviceKind } from "@/media/capture/devices";

import classes from "./controls.module.css";
import { DeviceItems, DeviceMenu } from "./DeviceMenu";
import { HandButton, ReactionRow, useHand } from "./HandButton";
import { LayoutItems } from "./LayoutItems";
import { ShareButton } from "./ShareButton";

interface ToggleProps {
  kind: CaptureKind;
  kinds: readonly DeviceKind[];
  testId: string;
  shortcut: string;
  words: { on: string; off: string; devices: string };
  toggle: () => void;
}

function Toggle({ kind, kinds, testId, shortcut, words, toggle }: ToggleProps) {
  const captured = useValue(useCall().capture[kind]);
  const on = isAnnounced(captured);
  const Icon = kind === "microphone" ? (on ? IconMicrophone : IconMicrophoneOff) : on ? IconVideo : IconVideoOff;
  const label = on ? words.on : words.off;
  return (
    <div className={classes.split} data-on={on} data-problem={captured.problem !== null && captured.wanted}>
      <Tooltip withinPortal={false} label={`${label} (${shortcut})`}>
        <UnstyledButton
          className={classes.round}
          aria-label={label}
          aria-keyshortcuts={shortcut}
          onClick={toggle}
          data-testid={testId}
          data-on={on}
        >
          <Icon size={24} />
        </UnstyledButton>
      </Tooltip>
      <DeviceMenu kinds={kinds}>
        <UnstyledButton className={classes.chevron} aria-label={words.devices} data-testid={`${testId}-devices`}>
          <IconChevronUp size={18} />
        </UnstyledButton>
      </DeviceMenu>
    </div>
  );
}

interface ControlsProps {
  /** Moderators end the call for all. */
  mayEnd: boolean;
  onLeave: () => void;
  onEnd: () => void;
  /** Begin to record, once it was agreed to. */
  onRecord: () => void;
  onPeople: () => void;
  onKeys: () => void;
  /** Show the call in a small window over everything else, or take it back. */
  onSmall: () => void;
  onStatistics: () => void;
}

/** For those who may: begin or end the recording. */
function RecordingItem({ onRecord }: { onRecord: () => void }) {
  const { t } = useTranslation();
  const call = useCall();
  const { conference } = useValue(call.state);
  const runs = conference?.recording != null;
  return (
    <Menu.Item
      leftSection={runs ? <IconPlayerStop size={18} /> : <IconPlayerRecord size={18} />}
      onClick={() => (runs ? void call.floor.record(false).catch(tellProblem) : onRecord())}
      data-testid="record"
    >
      {t(runs ? "conference.recording.stop" : "conference.recording.start")}
    </Menu.Item>
  );
}

/** Whether devices are looked at before the next calls. */
function CheckFirstItem() {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(() => wantsCheckFirst());
  const toggle = () => {
    setCheckFirst(!wanted);
    setWanted(!wanted);
  };
  return (
    <Menu.CheckboxItem checked={wanted} onChange={toggle} data-testid="check-first">
      {t("conference.check.always")}
    </Menu.CheckboxItem>
  );
}

/** What is not needed all the time; on phones also what stands beside the buttons elsewhere. */
function MoreMenu({ mayEnd, onEnd, onRecord, onPeople, onStatistics, onKeys, onSmall }: Omit<ControlsProps, "onLeave">) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 640px)");
  const call = useCall();
  const sparing = useValue(call.sparing.state);
  const pointing = useValue(call.floor.pointing.on);
  const hand = useHand();
  return (
    <Menu position="top" withinPortal={false} shadow="lg" width={300}>
      <Menu.Target>
        <UnstyledButton className={`${classes.round} ${classes.single}`} aria-label={t("conference.moreOptions")} data-testid="more">
          <IconDotsVertical size={24} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown className={classes.menu ?? ""}>
        {narrow && (
          <>
            <ReactionRow />
            <Menu.Item leftSection={<IconHandStop size={18} />} onClick={hand.toggle} data-testid="hand-item">
              {hand.raised ? t("conference.hand.lower") : t("conference.hand.raise")}
            </Menu.Item>
            <Menu.Divider />
          </>
        )}
        <LayoutItems />
        <Menu.Divider />
        <Menu.Item leftSection={<IconPointer size={18} />} onClick={() => call.floor.pointing.toggle()} data-testid="point">
          {pointing ? t("conference.point.off") : t("conference.point.on")}
        </Menu.Item>
        <Menu.Item leftSection={sparing.on ? <IconPhoto size={18} /> : <IconPhotoOff size={18} />} onClick={() => call.sparing.press()} data-testid="thrift">
          {sparing.on ? t("conference.thrift.off") : t("conference.thrift.on")}
        </Menu.Item>
        {canShowSmall() && (
          <Menu.Item leftSection={<IconPictureInPicture size={18} />} onClick={onSmall} data-testid="small-window">
            {t("conference.smallWindow")}
          </Menu.Item>
        )}
        <CheckFirstItem />
        {!narrow && (
          <Menu.Item leftSection={<IconKeyboard size={18} />} onClick={onKeys} data-testid="keys">
            {t("conference.keys.title")}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconChartBar size={18} />} onClick={onStatistics} aria-keyshortcuts="I" data-testid="statistics-open">
          {t("conference.statistics.open")}
        </Menu.Item>
        {narrow && (
          <>
            <Menu.Divider />
            <DeviceItems kinds={["microphone", "camera", "speaker"]} />
            <Menu.Divider />
            <Menu.Item leftSection={<IconUsers size={18} />} onClick={onPeople}>
              {t("conference.people.title")}
            </Menu.Item>
            {mayEnd && <RecordingItem onRecord={onRecord} />}
            {mayEnd && (
              <Menu.Item color="red" leftSection={<IconPhoneX size={18} />} onClick={onEnd}>
                {t("conference.end.button")}
              </Menu.Item>
            )}
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

export function Controls({ mayEnd, onLeave, onEnd, onRecord, onPeople, onStatistics, onKeys, onSmall }: ControlsProps) {
  const { t } = useTranslation();
  const call = useCall();
  return (
    <div className={classes.controls} role="toolbar" aria-label={t("conference.controls")}>
      <Toggle
        kind="microphone"
        kinds={["microphone", "speaker"]}
        testId="mic"
        shortcut="M"
        words={{ on: t("conference.mic.mute"), off: t("conference.mic.unmute"), devices: t("conference.mic.devices") }}
        toggle={() => void call.toggleMicrophone().catch(tellProblem)}
      />
      <Toggle
        kind="camera"
        kinds={["camera"]}
        testId="cam"
        shortcut="V"
        words={{ on: t("conference.cam.off"), off: t("conference.cam.on"), devices: t("conference.cam.devices") }}
        toggle={() => void call.toggleCamera()}
      />
      <ShareButton />
      <HandButton />
      <MoreMenu mayEnd={mayEnd} onEnd={onEnd} onRecord={onRecord} onPeople={onPeople} onStatistics={onStatistics} onKeys={onKeys} onSmall={onSmall} />
      <div className={classes.split} data-danger="true">
        <Tooltip withinPortal={false} label={t("conference.leave")}>
          <UnstyledButton className={classes.leave} aria-label={t("conference.leave")} onClick={onLeave} data-testid="leave">
            <IconPhone size={26} className={classes.hangUp} />
          </UnstyledButton>
        </Tooltip>
        {mayEnd && (
          <Menu position="top" withinPortal={false} shadow="lg">
            <Menu.Target>
              <UnstyledButton className={classes.chevron} aria-label={t("conference.leaveOptions")} data-testid="leave-options">
                <IconChevronUp size={18} />
              </UnstyledButton>
            </Menu.Target>
            <Menu.Dropdown className={classes.menu ?? ""}>
              <Menu.Item leftSection={<IconPhone size={18} className={classes.hangUp} />} onClick={onLeave}>
                {t("conference.leave")}
              </Menu.Item>
              <RecordingItem onRecord={onRecord} />
              <Menu.Item color="red" leftSection={<IconPhoneX size={18} />} onClick={onEnd} data-testid="end">
                {t("conference.end.button")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
    </div>
  );
}
