/** Showing a screen: one press, and beside it what the picture is good for. */
import { Menu, Tooltip, UnstyledButton } from "@mantine/core";
import { IconChevronUp, IconFileText, IconMovie, IconScreenShare, IconScreenShareOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { useCall } from "@/calls/conference/callContext";
import { canShareScreen, type ScreenHint } from "@/media/capture/screen";

import classes from "./controls.module.css";

// locale-keys: conference.screen.hint.detail, conference.screen.hint.motion
const HINTS: readonly { hint: ScreenHint; Icon: typeof IconMovie }[] = [
  { hint: "detail", Icon: IconFileText },
  { hint: "motion", Icon: IconMovie },
];

export function ShareButton() {
  const { t } = useTranslation();
  const call = useCall();
  const { track, hint, starting } = useValue(call.screen.state);
  if (!canShareScreen()) return null;
  const shared = track !== null;
  const label = shared ? t("conference.screen.stop") : t("conference.screen.start");
  const Icon = shared ? IconScreenShareOff : IconScreenShare;
  return (
    <div className={`${classes.split} ${classes.wideOnly}`} data-shared={shared}>
      <Tooltip withinPortal={false} label={`${label} (S)`}>
        <UnstyledButton
          className={classes.round}
          aria-label={label}
          aria-keyshortcuts="S"
          aria-busy={starting}
          onClick={() => (shared ? call.screen.stop() : void call.shareScreen(hint))}
          data-testid="share"
          data-on={shared}
        >
          <Icon size={24} />
        </UnstyledButton>
      </Tooltip>
      <Menu position="top" withinPortal={false} shadow="lg" width={320}>
        <Menu.Target>
          <UnstyledButton className={classes.chevron} aria-label={t("conference.screen.options")} data-testid="share-options">
            <IconChevronUp size={18} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown className={classes.menu ?? ""}>
          <Menu.Label>{t("conference.screen.hint.label")}</Menu.Label>
          {HINTS.map((one) => (
            <Menu.Item
              key={one.hint}
              leftSection={<one.Icon size={18} />}
              onClick={() => void call.shareScreen(one.hint)}
              aria-current={shared && hint === one.hint}
              bg={shared && hint === one.hint ? "var(--mantine-color-default-hover)" : undefined}
              data-testid={`share-${one.hint}`}
            >
              {t(`conference.screen.hint.${one.hint}`)}
            </Menu.Item>
          ))}
          {shared && (
            <Menu.Item color="red" leftSection={<IconScreenShareOff size={18} />} onClick={() => call.screen.stop()}>
              {t("conference.screen.stop")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
