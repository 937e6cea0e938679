/** Above a whiteboard: its title, whether all is kept, who is here, and what one can do with all of it. */
import { ActionIcon, Badge, Button, Group, Menu, Modal, TextInput, Tooltip } from "@mantine/core";
import {
  IconDots,
  IconDownload,
  IconEye,
  IconFileTypePdf,
  IconFileTypePng,
  IconFileTypeSvg,
  IconHistory,
  IconMessages,
  IconPencil,
  IconPhotoPlus,
  IconPhotoUp,
} from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { ProblemAlert, tellProblem } from "@/base/problems";
import { useSession } from "@/base/session";
import { chooseFiles } from "@/files/choosing";

import { BackdropDialog } from "./BackdropDialog";
import { addPictures } from "./backdrops";
import classes from "./board.module.css";
import { Kept, PeopleHere } from "./BoardState";
import { exportBoard, type ExportKind } from "./exports";
import { api, type Board } from "./rest";
import type { BoardRoom } from "./room";
import type { BoardState } from "./sync";
import { VersionsDrawer } from "./VersionsDrawer";

const DRAWING: readonly Board["drawing"][] = ["everybody", "staff", "author"];

function Rename({ board, onClose }: { board: Board; onClose: () => void }) {
  const { t } = useTranslation();
  const [title, setTitle] = useState(board.title);
  const rename = useMutation({
    mutationFn: () => api.boards.change(board.id, { version: board.version, title: title.trim() }),
    onSuccess: onClose,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    rename.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={t("boards.rename")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form onSubmit={submit}>
        {rename.error && <ProblemAlert error={rename.error} />}
        <TextInput label={t("boards.title")} maxLength={100} data-autofocus value={title} onChange={(event) => setTitle(event.currentTarget.value)} />
        <Group justify="flex-end" gap="sm" mt="md">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={rename.isPending}>
            {t("common.save")}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

type Dialog = "title" | "versions" | "backdrop" | null;

// locale-keys: boards.drawing.*
export function BoardHeader({ room, state, title }: { room: BoardRoom; state: BoardState; title: string }) {
  const { t } = useTranslation();
  const { person } = useSession();
  const [dialog, setDialog] = useState<Dialog>(null);
  const { board, draws } = state;
  const isOpen = state.phase === "open" && board !== null;
  const decides = isOpen && draws && (board.author.id === person.id || person.role !== "customer");
  const save = (kind: ExportKind) => void exportBoard(room.canvas, kind, title).catch(tellProblem);
  const allow = (drawing: Board["drawing"]) => {
    if (board !== null) api.boards.change(board.id, { version: board.version, drawing }).catch(tellProblem);
  };
  const close = () => setDialog(null);
  return (
    <header className={classes.header}>
      <h1 className={classes.title}>{title}</h1>
      {isOpen && !draws && (
        <Badge variant="light" color="gray" tt="none" leftSection={<IconEye size={14} />} data-testid="read-only">
          {t("boards.readOnly")}
        </Badge>
      )}
      <Kept state={state} />
      <span className={classes.gap} />
      <PeopleHere people={state.people} />
      {isOpen && draws && (
        <Menu position="bottom-end" shadow="md" withinPortal>
          <Menu.Target>
            <Tooltip label={t("boards.picture.add")}>
              <ActionIcon variant="subtle" color="gray" size={40} aria-label={t("boards.picture.add")}>
                <IconPhotoPlus size={21} />
              </ActionIcon>
            </Tooltip>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPhotoUp size={18} />} onClick={() => chooseFiles((files) => void addPictures(room, files))}>
              {t("boards.picture.device")}
            </Menu.Item>
            <Menu.Item leftSection={<IconMessages size={18} />} onClick={() => setDialog("backdrop")}>
              {t("boards.picture.conversation")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {isOpen && (
        <Menu position="bottom-end" shadow="md" withinPortal>
          <Menu.Target>
            <Tooltip label={t("boards.export.open")}>
              <ActionIcon variant="subtle" color="gray" size={40} aria-label={t("boards.export.open")}>
                <IconDownload size={21} />
              </ActionIcon>
            </Tooltip>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconFileTypePng size={18} />} onClick={() => save("png")}>
              {t("boards.export.png")}
            </Menu.Item>
            <Menu.Item leftSection={<IconFileTypeSvg size={18} />} onClick={() => save("svg")}>
              {t("boards.export.svg")}
            </Menu.Item>
            <Menu.Item leftSection={<IconFileTypePdf size={18} />} onClick={() => save("pdf")}>
              {t("boards.export.pdf")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {isOpen && (
        <Menu position="bottom-end" shadow="md" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size={40} aria-label={t("boards.more")}>
              <IconDots size={21} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {draws && (
              <Menu.Item leftSection={<IconPencil size={18} />} onClick={() => setDialog("title")}>
                {t("boards.rename")}
              </Menu.Item>
            )}
            <Menu.Item leftSection={<IconHistory size={18} />} onClick={() => setDialog("versions")}>
              {t("boards.versions.open")}
            </Menu.Item>
            <Menu.Item leftSection={<IconMessages size={18} />} component="a" href={`/conferencing/${board.conversation_id}`} target="_blank" rel="noopener">
              {t("boards.back")}
            </Menu.Item>
            {decides && (
              <>
                <Menu.Divider />
                <Menu.Label>{t("boards.drawing.label")}</Menu.Label>
                <Menu.RadioGroup value={board.drawing} onChange={(value) => allow(value as Board["drawing"])}>
                  {DRAWING.map((drawing) => (
                    <Menu.RadioItem key={drawing} value={drawing}>
                      {t(`boards.drawing.${drawing}`)}
                    </Menu.RadioItem>
                  ))}
                </Menu.RadioGroup>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {dialog === "title" && board !== null && <Rename board={board} onClose={close} />}
      {dialog === "backdrop" && board !== null && <BackdropDialog room={room} conversationId={board.conversation_id} onClose={close} />}
      {dialog === "versions" && board !== null && <VersionsDrawer board={board} draws={draws} onClose={close} />}
    </header>
  );
}
