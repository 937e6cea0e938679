/** Entries of the device menus that change one's own sound and picture; what fails says so. */
import { Menu, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { type EffectName, isWeakDevice } from "@/media/effects";

import { useCall } from "./callContext";
import { useValue } from "./useValue";

export function EffectItem({ name }: { name: EffectName }) {
  const { t } = useTranslation();
  const call = useCall();
  const state = useValue(call.effects[name].state);
  const on = state === "on" || state === "starting";
  // locale-keys: conference.effects.noise, conference.effects.blur
  return (
    <Menu.CheckboxItem checked={on} closeMenuOnClick={false} onChange={(wanted: boolean) => call.effects.set(name, wanted)} data-testid={`effect-${name}`} data-state={state}>
      {t(`conference.effects.${name}`)}
      {(state === "starting" || (isWeakDevice() && !on)) && (
        <Text size="xs" c="dimmed" component="span" display="block">
          {t(state === "starting" ? "conference.effects.starting" : "conference.effects.weak")}
        </Text>
      )}
    </Menu.CheckboxItem>
  );
}

/** Tells of an effect that does not work here; a picture that should be blurred is then not sent at all. */
export function EffectNews() {
  const { t } = useTranslation();
  const call = useCall();
  useEffect(() => {
    // locale-keys: conference.effects.noiseFailed, conference.effects.blurFailed
    const follow = (name: EffectName) => {
      const { state } = call.effects[name];
      return state.subscribe(() => {
        if (state.get() === "failed") notifications.show({ id: `effect ${name}`, color: "orange", message: t(`conference.effects.${name}Failed`), autoClose: 15_000 });
      });
    };
    const stops = [follow("noise"), follow("blur")];
    return () => {
      for (const stop of stops) stop();
    };
  }, [call, t]);
  return null;
}
