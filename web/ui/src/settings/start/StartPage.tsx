/** The start screen after the first sign-in: the script, the guides and four tips (CC-011..016). */
import { Alert, Button, Group, List, Text } from "@mantine/core";
import { IconCircleCheck, IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { Loading } from "@/base/Loading";
import { Panel } from "@/base/Page";
import { ProblemAlert } from "@/base/problems";
import { useMay } from "@/base/session";
import { useHomeChange } from "@/desk/home/home";
import { keys } from "@/settings/keys";
import { api } from "@/settings/rest";
import classes from "./StartPage.module.css";

import { Script } from "./Snippet";

const TIPS = ["one", "two", "three", "four"] as const;

function Screen() {
  // locale-keys: settings.tip.*
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { welcomed } = useHomeChange();
  // Makes the first project where there is none; afterwards it only reads.
  const query = useQuery({ queryKey: keys.setting("start"), queryFn: api.begin, staleTime: Infinity });
  const [areTipsShown, setTipsShown] = useState(false);
  const start = query.data;
  return (
    <div className={classes.start} tabIndex={0}>
      <div className={classes.startContent}>
        <h1>{t("settings.start.title")}</h1>
        {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
        {start === undefined && !query.isError && <Loading />}
        {start?.project_id != null && (
          <>
            {start.made && (
              <Alert color="green" variant="light" icon={<IconCircleCheck size={20} />}>
                {t("settings.start.made", { name: start.project_name })}
              </Alert>
            )}
            <Panel title={t("settings.script.title")}>
              <Script projectId={start.project_id} widgetKey={start.key} snippet={start.snippet} />
            </Panel>
            <Panel
              title={t("settings.start.tips")}
              action={
                <Button variant="subtle" aria-expanded={areTipsShown} onClick={() => setTipsShown(!areTipsShown)}>
                  {areTipsShown ? t("settings.start.hideTips") : t("settings.start.showTips")}
                </Button>
              }
            >
              {areTipsShown ? (
                <List type="ordered" spacing="sm">
                  {TIPS.map((tip) => (
                    <List.Item key={tip}>{t(`settings.tip.${tip}`)}</List.Item>
                  ))}
                </List>
              ) : (
                <Text size="sm" c="dimmed">
                  {t("settings.start.tipsText")}
                </Text>
              )}
            </Panel>
            <Group justify="flex-end">
              <Button
                size="md"
                loading={welcomed.isPending}
                onClick={() => welcomed.mutate(undefined, { onSuccess: () => void navigate({ to: "/home" }) })}
              >
                {t("settings.start.go")}
              </Button>
            </Group>
          </>
        )}
      </div>
    </div>
  );
}

export function StartPage() {
  const { t } = useTranslation();
  if (useMay("desk.configure")) return <Screen />;
  return <Empty icon={IconLock} title={t("admin.forbidden.title")} text={t("admin.forbidden.text")} />;
}
