/** Handing over: to a colleague or to another project, with a note that only colleagues see (BEY-054). */
import { Button, Group, Modal, Radio, SegmentedControl, Stack, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { Loading } from "@/base/Loading";
import { Picture } from "@/base/people";
import { ProblemAlert, tellDone } from "@/base/problems";
import { useLive } from "@/base/session";
import { keys } from "@/desk/keys";
import { useVisitAct } from "@/desk/queries";
import { api, type Visit } from "@/desk/rest";

import classes from "./HandOverDialog.module.css";

type Target = "agent" | "project";

// locale-keys: desk.status.*
export function HandOverDialog({ visit, onClose }: { visit: Visit; onClose: () => void }) {
  const { t } = useTranslation();
  const { selfId } = useLive();
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery({ queryKey: [...keys.desk, "colleagues"], queryFn: api.colleagues, staleTime: 0 });
  const [target, setTarget] = useState<Target>("agent");
  const [chosen, setChosen] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const hand = useVisitAct(
    (id: string) => api.transfer(visit.id, { ...(target === "agent" ? { agent_id: id } : { project_id: id }), note: note.trim() }),
    () => {
      tellDone(t("desk.hand.done"));
      onClose();
      void navigate({ to: "/desk" });
    },
  );
  const projects = data?.projects ?? [];
  const agents = [...new Map(projects.flatMap((project) => project.agents).map((agent) => [agent.id, agent])).values()]
    .filter((agent) => agent.id !== selfId)
    .sort((a, b) => Number(b.status === "online") - Number(a.status === "online"));
  const others = projects.filter((project) => project.id !== visit.project_id);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (chosen !== null) hand.mutate(chosen);
  };
  return (
    <Modal opened onClose={onClose} title={t("desk.hand.title")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {error !== null && <ProblemAlert error={error} onRetry={() => void refetch()} />}
          <SegmentedControl
            fullWidth
            aria-label={t("desk.hand.to")}
            value={target}
            onChange={(value) => {
              setTarget(value);
              setChosen(null);
            }}
            data={[
              { value: "agent", label: t("desk.hand.agent") },
              { value: "project", label: t("desk.hand.project") },
            ]}
          />
          {data === undefined && error === null && <Loading />}
          {data !== undefined && (
            <Radio.Group value={chosen} onChange={setChosen} aria-label={target === "agent" ? t("desk.hand.agent") : t("desk.hand.project")}>
              <div className={classes.targets}>
                {target === "agent" &&
                  agents.map((agent) => (
                    <Radio.Card key={agent.id} value={agent.id} className={classes.target ?? ""} aria-label={agent.name}>
                      <Radio.Indicator />
                      <Picture id={agent.id} name={agent.name} url={agent.avatar_url} size={34} />
                      <span className="grow">
                        <Text size="sm" fw={600} truncate>
                          {agent.name}
                        </Text>
                        <Text size="xs" c="dimmed">
                          {t(`desk.status.${agent.status}`)} · {t("desk.hand.load", { count: agent.chats + agent.calls })}
                        </Text>
                      </span>
                    </Radio.Card>
                  ))}
                {target === "project" &&
                  others.map((project) => (
                    <Radio.Card key={project.id} value={project.id} className={classes.target ?? ""} aria-label={project.name}>
                      <Radio.Indicator />
                      <span className="grow">
                        <Text size="sm" fw={600} truncate>
                          {project.name}
                        </Text>
                        <Text size="xs" c="dimmed">
                          {t("desk.hand.online", { count: project.agents.filter((agent) => agent.status === "online").length })}
                        </Text>
                      </span>
                    </Radio.Card>
                  ))}
                {(target === "agent" ? agents : others).length === 0 && (
                  <Text size="sm" c="dimmed" p="md" ta="center">
                    {target === "agent" ? t("desk.hand.nobody") : t("desk.hand.noProject")}
                  </Text>
                )}
              </div>
            </Radio.Group>
          )}
          <Textarea size="md" label={t("desk.hand.note")} description={t("desk.hand.noteText")} autosize minRows={2} maxRows={6} maxLength={4_000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" disabled={chosen === null} loading={hand.isPending}>
              {t("desk.hand.submit")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
