/** Projekty: the list, one project with its members, and Godziny of the chosen one (WORK-029). */
import { ActionIcon, Badge, Button, Group, Modal, Stack, Switch, TagsInput, Text, TextInput, NumberInput } from "@mantine/core";
import { IconBriefcase, IconChevronLeft, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { Loading } from "@/base/Loading";
import { Page, Panel } from "@/base/Page";
import { Row, Rows } from "@/base/parts/Rows";
import { ProblemAlert, tellDone, tellProblem } from "@/base/problems";
import { keys } from "@/settings/keys";
import { useChangeProject, useProject, useProjects } from "@/settings/queries";
import { api, type Project } from "@/settings/rest";
import classes from "./ProjectPages.module.css";

import { ChooseProject, useChosenProject } from "./ChosenProject";
import { HoursForm } from "./HoursForm";
import { Members } from "./Members";

function NewProject({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const add = useMutation({
    mutationFn: () => api.addProject(name.trim()),
    onSuccess: async (project) => {
      onClose();
      await cache.invalidateQueries({ queryKey: keys.settings });
      await navigate({ to: "/settings/projects/$projectId", params: { projectId: project.id } });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={t("settings.projects.add")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {add.error && <ProblemAlert error={add.error} />}
          <TextInput label={t("settings.projects.name")} required data-autofocus maxLength={100} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={add.isPending} disabled={name.trim() === ""}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

export function ProjectsPage() {
  const { t } = useTranslation();
  const query = useProjects();
  const [isAdding, setAdding] = useState(false);
  return (
    <Page title={t("settings.projects.title")}>
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.data === undefined && !query.isError && <Loading />}
      {query.data !== undefined && (
        <Panel
          title={t("settings.projects.title")}
          text={t("settings.projects.text")}
          action={
            <ActionIcon variant="light" size="lg" aria-label={t("settings.projects.add")} onClick={() => setAdding(true)}>
              <IconPlus size={20} />
            </ActionIcon>
          }
        >
          {query.data.items.length === 0 && <Empty inline icon={IconBriefcase} title={t("settings.projects.none")} text={t("settings.projects.noneText")} />}
          <Rows>
            {query.data.items.map((project) => (
              <Row key={project.id} wraps>
                <Link to="/settings/projects/$projectId" params={{ projectId: project.id }} className={`grow ${classes.back ?? ""}`}>
                  {project.name}
                </Link>
                <Text size="sm" c="dimmed">
                  {t("settings.projects.people", { count: project.people_count })}
                </Text>
                <Badge variant="light" tt="none" color={project.open ? "green" : "gray"}>
                  {project.active ? (project.open ? t("agent.open") : t("agent.closed")) : t("settings.projects.inactive")}
                </Badge>
              </Row>
            ))}
          </Rows>
        </Panel>
      )}
      {isAdding && <NewProject onClose={() => setAdding(false)} />}
    </Page>
  );
}

function ProjectForm({ project }: { project: Project }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const save = useChangeProject();
  const [name, setName] = useState(project.name);
  const [active, setActive] = useState(project.active);
  const [record_calls, setRecord] = useState(project.record_calls);
  const [wrap_up_s, setWrapUp] = useState<number | string>(project.wrap_up_s);
  const [result_codes, setCodes] = useState(project.result_codes);
  const remove = useMutation({
    mutationFn: () => api.deleteProject(project.id),
    onSuccess: async () => {
      await navigate({ to: "/settings/projects" });
      await cache.invalidateQueries({ queryKey: keys.settings });
    },
    onError: tellProblem,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const body = { version: project.version, name: name.trim(), active, record_calls, wrap_up_s: Number(wrap_up_s), result_codes };
    save.mutate([project.id, body], { onSuccess: () => tellDone(t("profile.saved")) });
  };
  return (
    <Panel title={t("settings.projects.data")}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {save.error && <ProblemAlert error={save.error} />}
          <TextInput label={t("settings.projects.name")} required maxLength={100} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <NumberInput label={t("settings.projects.wrapUp")} min={0} max={3600} suffix=" s" size="md" maw={260} value={wrap_up_s} onChange={setWrapUp} />
          <TagsInput
            label={t("settings.projects.codes")}
            description={t("settings.projects.codesText")}
            size="md"
            maxTags={50}
            value={result_codes}
            onChange={setCodes}
            clearButtonProps={{ "aria-label": t("settings.projects.clear") }}
          />
          <Switch label={t("settings.voice.record")} checked={record_calls} onChange={(event) => setRecord(event.currentTarget.checked)} />
          <Switch label={t("settings.projects.active")} checked={active} onChange={(event) => setActive(event.currentTarget.checked)} />
          <Group justify="space-between">
            <Button variant="subtle" color="red" leftSection={<IconTrash size={18} />} loading={remove.isPending} onClick={() => remove.mutate()}>
              {t("settings.projects.delete")}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={name.trim() === "" || wrap_up_s === ""}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

export function ProjectPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: "/signed-in/shell/settings/projects/$projectId" });
  const query = useProject(projectId);
  const project = query.data;
  return (
    <Page title={project?.name ?? t("settings.projects.one")}>
      <Link to="/settings/projects" className={classes.back}>
        <Group gap={4} component="span">
          <IconChevronLeft size={18} aria-hidden="true" />
          {t("settings.projects.title")}
        </Group>
      </Link>
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {project === undefined && !query.isError && <Loading />}
      {project !== undefined && (
        <>
          <Members project={project} />
          <ProjectForm key={`form ${project.version}`} project={project} />
          <HoursForm key={`hours ${project.version}`} project={project} />
        </>
      )}
    </Page>
  );
}

export function HoursPage() {
  const { t } = useTranslation();
  const [chosen, choose] = useChosenProject();
  return (
    <Page title={t("settings.hours.title")}>
      <ChooseProject value={chosen} onChange={choose} />
      {chosen !== null && <HoursOf projectId={chosen} />}
    </Page>
  );
}

function HoursOf({ projectId }: { projectId: string }) {
  const query = useProject(projectId);
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading />;
  return <HoursForm key={`${query.data.id} ${query.data.version}`} project={query.data} />;
}
