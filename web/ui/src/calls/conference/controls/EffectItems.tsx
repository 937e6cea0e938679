/** What changes one's own sound and picture: entries of the device menus, switches before the call; what fails says so. */
import { Menu, Switch, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { useCall } from "@/calls/conference/callContext";
import { type EffectName, type Effects, isWeakDevice } from "@/media/effects/effects";

/** note  what has to be said of it now */
function useEffectState(effects: Effects, name: EffectName) {
  const { t } = useTranslation();
  const state = useValue(effects[name].state);
  const on = state === "on" || state === "starting";
  const note = state === "starting" ? t("conference.effects.starting") : isWeakDevice() && !on ? t("conference.effects.weak") : null;
  return { state, on, note };
}

/** Before the call: the same as in its menus, with one's own picture beside it. */
export function EffectSwitch({ effects, name }: { effects: Effects; name: EffectName }) {
  const { t } = useTranslation();
  const { state, on, note } = useEffectState(effects, name);
  return (
    <Switch
      checked={on}
      onChange={(event) => effects.set(name, event.currentTarget.checked)}
      label={t(`conference.effects.${name}`)}
      description={note}
      data-testid={`check-effect-${name}`}
      data-state={state}
    />
  );
}

export function EffectItem({ name }: { name: EffectName }) {
  const { t } = useTranslation();
  const call = useCall();
  const { state, on, note } = useEffectState(call.effects, name);
  // locale-keys: conference.effects.noise, conference.effects.blur
  return (
    <Menu.CheckboxItem checked={on} closeMenuOnClick={false} onChange={(wanted: boolean) => call.effects.set(name, wanted)} data-testid={`effect-${name}`} data-state={state}>
      {t(`conference.effects.${name}`)}
      {note !== null && (
        <Text size="xs" c="dimmed" component="span" display="block">
          {note}
        </Text>
      )}
    </Menu.CheckboxItem>
  );
}

/** Tells of an effect that does not work here; a picture that should be blurred is then not sent at all. */
export function EffectNews({ effects }: { effects: Effects }) {
  const { t } = useTranslation();
  useEffect(() => {
    // locale-keys: conference.effects.noiseFailed, conference.effects.blurFailed
    const follow = (name: EffectName) => {
      const { state } = effects[name];
      const tell = () => {
        if (state.get() === "failed") notifications.show({ id: `effect ${name}`, color: "orange", message: t(`conference.effects.${name}Failed`), autoClose: 15_000 });
      };
      // It may have failed before this was drawn.
      tell();
      return state.subscribe(tell);
    };
    const stops = [follow("noise"), follow("blur")];
    return () => {
      for (const stop of stops) stop();
    };
  }, [effects, t]);
  return null;
}
