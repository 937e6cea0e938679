/** Area 3: every file of the conversation, by whom and when, with a search (CONF-019). */
import { ActionIcon, Button, Text, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconMessage2, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { ProblemAlert, tellProblem } from "@/base/problems";

import { FileRow, openFile } from "./FileAttachments";
import { saveFile } from "./files";
import classes from "./files.module.css";
import { keys } from "./keys";
import { api, type ListedFile } from "./rest";
import type { Viewed } from "./viewing";

const SEARCH_PAUSE_MS = 250;
const SEARCHED_FROM = 6;

function viewedOf(listed: ListedFile, conversationId: string): Viewed {
  return { file: listed.file, conversationId, seq: listed.seq, authorName: listed.author.name, created_at_ms: listed.created_at_ms };
}

/** onShown  the message is being shown in the thread */
export function FileList({ conversationId, onShown }: { conversationId: string; onShown?: () => void }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const navigate = useNavigate();
  const [words, setWords] = useState("");
  const [searched] = useDebouncedValue(words.trim(), SEARCH_PAUSE_MS);
  const query = useInfiniteQuery({
    queryKey: keys.files(conversationId, searched),
    queryFn: ({ pageParam, signal }) => api.files.list(conversationId, searched, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const viewed = rows.map((listed) => viewedOf(listed, conversationId));
  const show = (seq: number) => {
    onShown?.();
    void navigate({ to: "/conferencing/$conversationId", params: { conversationId }, search: { seq } });
  };
  return (
    <>
      {(rows.length >= SEARCHED_FROM || words !== "") && (
        <TextInput
          size="sm"
          mb="xs"
          type="search"
          aria-label={t("files.list.search")}
          placeholder={t("files.list.search")}
          leftSection={<IconSearch size={17} aria-hidden="true" />}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
      )}
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Loading />}
      {query.isSuccess && rows.length === 0 && (
        <Text size="sm" c="dimmed">
          {searched === "" ? t("files.list.none") : t("files.list.nothing")}
        </Text>
      )}
      <ul className={classes.list}>
        {rows.map((listed) => (
          <li key={listed.file.id}>
            <FileRow
              file={listed.file}
              onOpen={() => openFile(viewed, listed.file, conversationId)}
              onSave={() => void saveFile(conversationId, listed.file).catch(tellProblem)}
            />
            <div className={classes.listed}>
              <Text size="xs" c="dimmed" truncate className="grow">
                {listed.author.name} · {dateTime(listed.created_at_ms)}
              </Text>
              <Tooltip label={t("files.viewer.show")}>
                <ActionIcon variant="subtle" color="gray" size={28} aria-label={t("files.list.show", { name: listed.file.name })} onClick={() => show(listed.seq)}>
                  <IconMessage2 size={16} />
                </ActionIcon>
              </Tooltip>
            </div>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button variant="default" size="xs" fullWidth loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("files.list.more")}
        </Button>
      )}
    </>
  );
}
