/** The light beside a phone's rear camera, where the camera has one. */
import { ActionIcon } from "@mantine/core";
import { IconBulb, IconBulbOff } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { hasTorch, setTorch } from "@/media/capture/torch";

import classes from "./Torch.module.css";

export function Torch({ track }: { track: MediaStreamTrack }) {
  const { t } = useTranslation();
  const [lit, setLit] = useState(false);
  if (!hasTorch(track)) return null;
  const toggle = () => {
    // A camera that another program has taken refuses; then the light is as it was.
    setTorch(track, !lit).then(() => setLit(!lit)).catch(() => undefined);
  };
  return (
    <ActionIcon
      className={classes.torch ?? ""}
      variant="filled"
      color={lit ? "yellow" : "dark"}
      radius="xl"
      size={36}
      aria-label={lit ? t("conference.torch.off") : t("conference.torch.on")}
      aria-pressed={lit}
      onClick={toggle}
      data-testid="torch"
    >
      {lit ? <IconBulb size={20} /> : <IconBulbOff size={20} />}
    </ActionIcon>
  );
}
