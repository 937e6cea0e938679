/** A button of the viewer. */
import { ActionIcon, Tooltip } from "@mantine/core";
import type { Icon as IconType } from "@tabler/icons-react";

import classes from "./Viewer.module.css";

export function ViewerButton({ label, icon: Icon, onClick }: { label: string; icon: IconType; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" size={44} radius="xl" className={classes.button ?? ""} aria-label={label} onClick={onClick}>
        <Icon size={22} />
      </ActionIcon>
    </Tooltip>
  );
}
