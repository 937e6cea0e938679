/** Above the conversation: whose it is, and calling, holding, handing over, asking a technician, closing. */
import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  IconArrowForwardUp,
  IconCheck,
  IconDotsVertical,
  IconEye,
  IconLayoutSidebarRight,
  IconPhone,
  IconPlayerPause,
  IconPlayerPlay,
  IconScreenShare,
  IconSearch,
  IconTool,
  IconVideo,
  type Icon,
} from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { PaneHeader } from "@/base/parts/PaneHeader";
import { tellDone } from "@/base/problems";
import { openConference } from "@/conversations/windows";
import { nameOf } from "@/desk/describing";
import { useVisitAct } from "@/desk/queries";
import { MediumIcon, kindOf } from "@/desk/queue/MediumIcon";
import { api, type Medium, type VisitDetails } from "@/desk/rest";

import { useLooking } from "@/desk/looking";
import classes from "./VisitHeader.module.css";

const CaseDialog = lazy(() => import("./CaseDialog").then((found) => ({ default: found.CaseDialog })));
const CloseDialog = lazy(() => import("./CloseDialog").then((found) => ({ default: found.CloseDialog })));
const HandOverDialog = lazy(() => import("./HandOverDialog").then((found) => ({ default: found.HandOverDialog })));

interface Act {
  id: string;
  icon: Icon;
  label: string;
  isActive?: boolean;
  run: () => void;
}

interface HeaderProps {
  details: VisitDetails;
  isMine: boolean;
  onSearch?: () => void;
  onDetails?: () => void;
}

// locale-keys: desk.state.*
export function VisitHeader({ details, isMine, onSearch, onDetails }: HeaderProps) {
  const { t } = useTranslation();
  const { visit } = details;
  const isPhone = useMediaQuery("(max-width: 760px)", window.innerWidth <= 760);
  const [dialog, setDialog] = useState<"close" | "hand" | "case" | null>(null);
  const hold = useVisitAct((held: boolean) => api.hold(visit.id, held));
  const escalate = useVisitAct((medium: Medium) => api.escalate(visit.id, medium));
  const lookers = useLooking(visit.id);
  const isOpen = isMine && visit.state === "accepted";

  const call = (medium: "audio" | "video") => {
    // The window opens at once, in answer to the press; the visitor is asked meanwhile.
    openConference(visit.conversation_id, visit.conference_id ?? undefined, { video: medium === "video" });
    if (visit.medium === "chat" || (visit.medium === "audio" && medium === "video")) escalate.mutate(medium);
  };
  const calls: Act[] = [
    { id: "audio", icon: IconPhone, label: t("desk.act.audio"), run: () => call("audio") },
    { id: "video", icon: IconVideo, label: t("desk.act.video"), run: () => call("video") },
    {
      id: "screen",
      icon: IconScreenShare,
      label: t("desk.act.screen"),
      run: () => {
        call("audio");
        tellDone(t("desk.act.screenHow"));
      },
    },
  ];
  const others: Act[] = [
    {
      id: "hold",
      icon: visit.held ? IconPlayerPlay : IconPlayerPause,
      label: visit.held ? t("desk.act.resume") : t("desk.act.hold"),
      isActive: visit.held,
      run: () => hold.mutate(!visit.held),
    },
    { id: "hand", icon: IconArrowForwardUp, label: t("desk.act.hand"), run: () => setDialog("hand") },
    ...(visit.case_conversation_id === null ? [{ id: "case", icon: IconTool, label: t("desk.act.case"), run: () => setDialog("case") }] : []),
  ];
  const acts = isOpen ? [...calls, ...others] : [];
  // A phone has room for the name and for one of them.
  const isCloseShown = (isMine || visit.state === "message") && !(isPhone && isOpen);
  const inMenu = isPhone && isOpen ? [...acts.slice(1), { id: "close", icon: IconCheck, label: t("desk.act.close"), run: () => setDialog("close") }] : [];
  const shown = isPhone ? acts.slice(0, 1) : acts;

  return (
    <>
      <PaneHeader
        back={{ to: "/desk", label: t("desk.pane.back") }}
        picture={<MediumIcon kind={kindOf(visit)} size={40} />}
        title={nameOf(visit.visitor)}
        subtitle={visit.held ? t("desk.row.held") : `${t(`desk.state.${visit.state}`)} · ${visit.project_name}`}
      >
        {shown.map(({ id, icon: ActIcon, label, isActive, run }) => (
          <Tooltip key={id} label={label}>
            <ActionIcon size={44} radius="xl" variant={isActive === true ? "filled" : id === "audio" || id === "video" ? "light" : "subtle"} color={isActive === true || id === "audio" || id === "video" ? "violet" : "gray"} aria-label={label} aria-pressed={isActive} onClick={run}>
              <ActIcon size={22} />
            </ActionIcon>
          </Tooltip>
        ))}
        {!isPhone && onSearch !== undefined && (
          <Tooltip label={t("conversations.search.within")}>
            <ActionIcon variant="subtle" color="gray" size={44} radius="xl" aria-label={t("conversations.search.within")} aria-keyshortcuts="Control+F" onClick={onSearch}>
              <IconSearch size={22} />
            </ActionIcon>
          </Tooltip>
        )}
        {onDetails !== undefined && (
          <Tooltip label={t("desk.side.label")}>
            <ActionIcon variant="subtle" color="gray" size={44} radius="xl" aria-label={t("desk.side.label")} onClick={onDetails}>
              <IconLayoutSidebarRight size={22} />
            </ActionIcon>
          </Tooltip>
        )}
        {inMenu.length > 0 && (
          <Menu position="bottom-end" shadow="md" withinPortal>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" size={44} radius="xl" aria-label={t("desk.act.more")}>
                <IconDotsVertical size={22} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {inMenu.map(({ id, icon: ActIcon, label, run }) => (
                <Menu.Item key={id} leftSection={<ActIcon size={18} />} onClick={run}>
                  {label}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        {isCloseShown && (
          <Button size="sm" radius="xl" variant="default" className={classes.close ?? ""} onClick={() => setDialog("close")}>
            {t("desk.act.close")}
          </Button>
        )}
        <Suspense fallback={null}>
          {dialog === "close" && <CloseDialog details={details} onClose={() => setDialog(null)} />}
          {dialog === "hand" && <HandOverDialog visit={visit} onClose={() => setDialog(null)} />}
          {dialog === "case" && <CaseDialog visit={visit} onClose={() => setDialog(null)} />}
        </Suspense>
      </PaneHeader>
      <div role="status">
        {lookers.length > 0 && (
          <p className={classes.lookers}>
            <IconEye size={15} aria-hidden="true" />
            <span>{t("desk.pane.looking", { names: lookers.join(", "), count: lookers.length })}</span>
          </p>
        )}
      </div>
    </>
  );
}
