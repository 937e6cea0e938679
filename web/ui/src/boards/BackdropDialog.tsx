/** Choosing a picture or a page of a PDF of the conversation, to draw on it (BEY-031). */
import { Button, Group, Modal, NumberInput, Text, UnstyledButton } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { ProblemAlert } from "@/base/problems";
import { FileIcon } from "@/files/FileIcon";
import { keys } from "@/files/keys";
import { api, type ListedFile } from "@/files/rest";

import { addPictures, pictureOfFile } from "./backdrops";
import classes from "./board.module.css";
import type { BoardRoom } from "./room";

export function canBeDrawnOn({ file }: Pick<ListedFile, "file">): boolean {
  return file.state === "ready" && (file.view === "picture" || file.view === "pdf");
}

export function BackdropDialog({ room, conversationId, onClose }: { room: BoardRoom; conversationId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const [chosen, setChosen] = useState<ListedFile | null>(null);
  const [page, setPage] = useState(1);
  const query = useInfiniteQuery({
    queryKey: [...keys.allFiles(conversationId), "backdrops"],
    queryFn: ({ pageParam, signal }) => api.files.list(conversationId, "", pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (found) => found.next,
  });
  const rows = (query.data?.pages.flatMap((found) => found.items) ?? []).filter(canBeDrawnOn);
  const put = useMutation({
    mutationFn: async (listed: ListedFile) => {
      await addPictures(room, [await pictureOfFile(conversationId, listed.file.id, page)], { backdrop: true });
    },
    onSuccess: onClose,
  });
  return (
    <Modal opened onClose={onClose} size="lg" title={t("boards.picture.conversation")} closeButtonProps={{ "aria-label": t("common.close") }}>
      {put.error && <ProblemAlert error={put.error} />}
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Loading />}
      {query.isSuccess && rows.length === 0 && !query.hasNextPage && <Text c="dimmed">{t("boards.picture.none")}</Text>}
      <ul className={classes.files}>
        {rows.map((listed) => (
          <li key={listed.file.id}>
            <UnstyledButton
              className={classes.file}
              aria-pressed={chosen?.file.id === listed.file.id}
              onClick={() => {
                setChosen(listed);
                setPage(1);
              }}
            >
              <span className={classes.fileIcon}>
                {listed.file.preview_url === null ? <FileIcon type={listed.file.content_type} /> : <img src={listed.file.preview_url} alt="" loading="lazy" />}
              </span>
              <span className="grow">
                <Text size="sm" fw={600} lineClamp={2}>
                  {listed.file.name}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {listed.author.name} · {dateTime(listed.created_at_ms)}
                </Text>
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button variant="default" size="xs" fullWidth mt="xs" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("boards.list.more")}
        </Button>
      )}
      {chosen?.file.view === "pdf" && (
        <NumberInput label={t("boards.picture.page")} mt="md" min={1} max={9_999} allowDecimal={false} value={page} onChange={(value) => setPage(Math.max(1, Number(value) || 1))} />
      )}
      <Group justify="flex-end" gap="sm" mt="lg">
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button
          disabled={chosen === null}
          loading={put.isPending}
          onClick={() => {
            if (chosen !== null) put.mutate(chosen);
          }}
        >
          {t("boards.picture.put")}
        </Button>
      </Group>
    </Modal>
  );
}
