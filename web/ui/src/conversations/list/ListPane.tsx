/** Area 1: the history of conversations, split in direct chats and service cases (CONF-003, CONF-004). */
import { ActionIcon, Button, CloseButton, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconAdjustmentsHorizontal, IconEdit, IconMessages, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { Loading } from "@/base/Loading";
import { ProblemAlert, tellProblem } from "@/base/problems";
import { useSession } from "@/base/session";
import { sectionOf } from "@/conversations/applying";
import { useConversation, useConversationList, useMoreConversations, usePresence } from "@/conversations/queries";
import type { MessageChoice, Section } from "@/conversations/rest";
import { SEARCH_LENGTH_MIN } from "@/conversations/search/searching";

import classes from "./ListPane.module.css";
import { NewConversation } from "./NewConversation";
import { SearchFilters, SearchResults } from "./SearchResults";
import { Tile } from "./Tile";

const SEARCH_DELAY_MS = 250;

function SectionTab({ section, isChosen, onChoose }: { section: Section; isChosen: boolean; onChoose: () => void }) {
  const { t } = useTranslation();
  const { data } = useConversationList(section);
  const unread = (data?.items ?? []).reduce((sum, conversation) => sum + conversation.unread, 0);
  const label = section === "direct" ? t("conversations.list.direct") : t("conversations.list.case");
  return (
    <button
      type="button"
      role="tab"
      id={`tab-${section}`}
      aria-selected={isChosen}
      aria-controls="conversation-list"
      tabIndex={isChosen ? 0 : -1}
      className={classes.tab}
      onClick={onChoose}
      onKeyDown={(event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        event.preventDefault();
        const other = section === "direct" ? "tab-case" : "tab-direct";
        document.getElementById(other)?.click();
        document.getElementById(other)?.focus();
      }}
    >
      {label}
      {unread > 0 && (
        <span className={classes.tabCount}>
          <span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
          <span className="visually-hidden">{t("common.unread", { count: unread })}</span>
        </span>
      )}
    </button>
  );
}

function Tiles({ section, openId, onCreate }: { section: Section; openId: string | null; onCreate: () => void }) {
  const { t } = useTranslation();
  const query = useConversationList(section);
  const more = useMoreConversations(section);
  const online = usePresence();
  const [isLoadingMore, setLoadingMore] = useState(false);
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading />;
  const { items, next } = query.data;
  if (items.length === 0) {
    const texts =
      section === "direct"
        ? { title: t("conversations.list.noDirect"), text: t("conversations.list.noDirectText") }
        : { title: t("conversations.list.noCase"), text: t("conversations.list.noCaseText") };
    return (
      <Empty icon={IconMessages} {...texts}>
        {section === "direct" && (
          <Button mt="sm" onClick={onCreate}>
            {t("conversations.create.open")}
          </Button>
        )}
      </Empty>
    );
  }
  return (
    <>
      <ul className={classes.tiles}>
        {items.map((conversation) => (
          <li key={conversation.id}>
            <Tile conversation={conversation} isOpen={conversation.id === openId} online={online} />
          </li>
        ))}
      </ul>
      {next !== null && (
        <Button
          variant="subtle"
          fullWidth
          my="xs"
          loading={isLoadingMore}
          onClick={() => {
            setLoadingMore(true);
            void more()
              .catch(tellProblem)
              .finally(() => setLoadingMore(false));
          }}
        >
          {t("common.more")}
        </Button>
      )}
    </>
  );
}

/** The chosen half: by hand, else that of the open conversation, else a customer's and technician's cases. */
function useSection(openId: string | null): [Section, (section: Section) => void] {
  const [chosen, setChosen] = useState<{ section: Section; openId: string | null } | null>(null);
  const { role } = useSession().person;
  const open = useConversation(openId ?? "", openId !== null).data;
  const usual: Section = role === "technician" || role === "customer" ? "case" : "direct";
  const fallback = (open === undefined ? null : sectionOf(open)) ?? usual;
  const section = chosen !== null && (openId === null || chosen.openId === openId) ? chosen.section : fallback;
  return [section, (next) => setChosen({ section: next, openId })];
}

export function ListPane({ openId }: { openId: string | null }) {
  const { t } = useTranslation();
  const [section, setSection] = useSection(openId);
  const [words, setWords] = useState("");
  const [isCreating, setCreating] = useState(false);
  const [query] = useDebouncedValue(words.trim(), SEARCH_DELAY_MS);
  const [choice, setChoice] = useState<MessageChoice>({});
  const [areFiltersOpen, setFiltersOpen] = useState(false);
  const isFiltered = Object.values(choice).some((value) => value !== null);
  const isSearching = words.trim().length >= SEARCH_LENGTH_MIN || isFiltered;

  return (
    <>
      <div className={classes.head}>
        <h2 className={classes.title}>{t("common.nav.conferencing")}</h2>
        <Tooltip label={t("conversations.create.open")}>
          <ActionIcon size={40} radius="xl" aria-label={t("conversations.create.open")} onClick={() => setCreating(true)}>
            <IconEdit size={21} />
          </ActionIcon>
        </Tooltip>
      </div>
      <div className={classes.search}>
        <TextInput
          type="search"
          size="sm"
          radius="xl"
          aria-label={t("conversations.search.label")}
          placeholder={t("conversations.search.placeholder")}
          leftSection={<IconSearch size={17} aria-hidden="true" />}
          rightSection={words !== "" && <CloseButton size="sm" aria-label={t("conversations.search.clear")} onClick={() => setWords("")} />}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setWords("");
          }}
        />
        <ActionIcon
          variant={areFiltersOpen || isFiltered ? "light" : "subtle"}
          color={areFiltersOpen || isFiltered ? "violet" : "gray"}
          size={36}
          radius="xl"
          aria-label={t("conversations.search.filters")}
          aria-expanded={areFiltersOpen}
          onClick={() => setFiltersOpen(!areFiltersOpen)}
        >
          <IconAdjustmentsHorizontal size={20} />
        </ActionIcon>
      </div>
      {areFiltersOpen && <SearchFilters choice={choice} onChange={setChoice} />}
      {isSearching ? (
        <div className={classes.scroll}>{(query.length >= SEARCH_LENGTH_MIN || isFiltered) && <SearchResults words={query} choice={choice} openId={openId} />}</div>
      ) : (
        <>
          <div role="tablist" aria-label={t("conversations.list.sections")} className={classes.tabs}>
            <SectionTab section="direct" isChosen={section === "direct"} onChoose={() => setSection("direct")} />
            <SectionTab section="case" isChosen={section === "case"} onChoose={() => setSection("case")} />
          </div>
          <div id="conversation-list" role="tabpanel" aria-labelledby={`tab-${section}`} className={classes.scroll}>
            <Tiles key={section} section={section} openId={openId} onCreate={() => setCreating(true)} />
          </div>
        </>
      )}
      <NewConversation opened={isCreating} onClose={() => setCreating(false)} />
    </>
  );
}
