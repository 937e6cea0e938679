/** In the viewer of files: a picture, or a page of a PDF file, as the backdrop of a new board. */
import { IconBrush } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { ViewerButton } from "@/files/ViewerButton";
import type { Viewed } from "@/files/viewing";

import { openBoardWithPicture } from "./windows";

export function DrawOnIt({ item }: { item: Viewed }) {
  const { t } = useTranslation();
  if (item.file.view !== "picture" && item.file.view !== "pdf") return null;
  return <ViewerButton label={t("boards.backdrop.draw")} icon={IconBrush} onClick={() => void openBoardWithPicture(item.conversationId, item.file.id)} />;
}
