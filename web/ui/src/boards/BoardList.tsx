/** Area 3: every whiteboard of the conversation, by whom and when, with its small picture (CONF-018). */
import { Button, Text, UnstyledButton } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { ProblemAlert } from "@/base/problems";

import { BoardPicture } from "./BoardCard";
import classes from "./boards.module.css";
import { keys } from "./keys";
import { api } from "./rest";
import { openBoard, startBoard } from "./windows";

export function BoardList({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const query = useInfiniteQuery({
    queryKey: keys.boards(conversationId),
    queryFn: ({ pageParam }) => api.boards.list(conversationId, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Loading />}
      {query.isSuccess && rows.length === 0 && (
        <Text size="sm" c="dimmed" mb="xs">
          {t("boards.list.none")}
        </Text>
      )}
      <ul className={classes.list}>
        {rows.map((board) => {
          const title = board.title === "" ? t("boards.untitled") : board.title;
          return (
            <li key={board.id}>
              <UnstyledButton className={classes.row} onClick={() => openBoard(board.id)}>
                <BoardPicture url={board.preview_url} />
                <span className={classes.caption}>
                  <strong>
                    <span className="visually-hidden">{t("boards.open")} </span>
                    {title}
                  </strong>
                  <span className={classes.small}>
                    {board.author.name} · {dateTime(board.created_at_ms)}
                  </span>
                  {board.revision > 0 && (
                    <span className={classes.small}>{t("boards.changed", { name: board.changed_by.name, when: dateTime(board.changed_at_ms) })}</span>
                  )}
                </span>
              </UnstyledButton>
            </li>
          );
        })}
      </ul>
      {query.hasNextPage && (
        <Button variant="default" size="xs" fullWidth mb="xs" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("boards.list.more")}
        </Button>
      )}
      <Button variant="light" size="xs" leftSection={<IconPlus size={16} />} onClick={() => startBoard(conversationId)}>
        {t("boards.list.start")}
      </Button>
    </>
  );
}
