/** Links for guests: make one, copy it, see which are good, withdraw. */
import { Alert, Button, CopyButton, Group, Modal, NativeSelect, NumberInput, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy, IconLink } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { ProblemAlert, tellProblem } from "@/base/problems";
import { useMay } from "@/base/session";
import { keys } from "@/calls/keys";
import { api, type GuestLink } from "@/calls/rest";

import classes from "./lobby.module.css";

const HOUR_S = 3_600;
// locale-keys: guest.invite.hour, guest.invite.hours8, guest.invite.day, guest.invite.week, guest.invite.month
const TIMES = [
  ["hour", HOUR_S],
  ["hours8", 8 * HOUR_S],
  ["day", 24 * HOUR_S],
  ["week", 7 * 24 * HOUR_S],
  ["month", 30 * 24 * HOUR_S],
] as const;

function Made({ url }: { url: string }) {
  const { t } = useTranslation();
  return (
    <Alert color="green" icon={<IconLink size={20} />} role="status">
      <Text size="sm" mb="xs">
        {t("guest.invite.made")}
      </Text>
      <Group gap="sm" wrap="nowrap" align="end">
        <TextInput
          readOnly
          flex={1}
          aria-label={t("guest.invite.button")}
          value={url}
          onFocus={(event) => event.currentTarget.select()}
          data-testid="guest-url"
        />
        <CopyButton value={url}>
          {({ copied, copy }) => (
            <Button onClick={copy} leftSection={copied ? <IconCheck size={18} /> : <IconCopy size={18} />}>
              {t(copied ? "guest.invite.copied" : "guest.invite.copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Alert>
  );
}

function LinkRow({ link, onRevoke, busy }: { link: GuestLink; onRevoke: () => void; busy: boolean }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const label = link.label === "" ? t("guest.invite.unnamed", { name: link.created_by.name }) : link.label;
  const used =
    link.uses_limit === null ? t("guest.invite.used", { count: link.uses }) : t("guest.invite.usedOf", { count: link.uses, limit: link.uses_limit });
  return (
    <li className={classes.linkRow}>
      <div className={classes.who}>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        <Text size="xs" c="dimmed">
          {t("guest.invite.until", { date: dateTime(link.expires_at_ms) })} · {used}
        </Text>
      </div>
      <Button size="compact-sm" variant="light" color="red" loading={busy} onClick={onRevoke} aria-label={t("guest.invite.revokeName", { label })}>
        {t("guest.invite.revoke")}
      </Button>
    </li>
  );
}

function InviteDialog({ conversationId, onClose }: { conversationId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [label, setLabel] = useState("");
  const [expires, setExpires] = useState(String(24 * HOUR_S));
  const [limit, setLimit] = useState<number | string>("");
  const links = useQuery({ queryKey: keys.guestLinks(conversationId), queryFn: () => api.lobby.links(conversationId), staleTime: 0 });
  const again = () => cache.invalidateQueries({ queryKey: keys.guestLinks(conversationId) });
  const make = useMutation({
    mutationFn: () =>
      api.lobby.invite(conversationId, { label: label.trim(), expires_in_s: Number(expires), uses_limit: limit === "" ? null : Number(limit) }),
    onSuccess: again,
  });
  const revoke = useMutation({ mutationFn: (id: string) => api.lobby.revokeLink(conversationId, id), onSuccess: again, onError: tellProblem });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={t("guest.invite.title")} closeButtonProps={{ "aria-label": t("guest.invite.close") }} size="lg">
      <Stack gap="md">
        <Text size="sm">{t("guest.invite.text")}</Text>
        {make.error && <ProblemAlert error={make.error} />}
        {make.data && <Made url={make.data.url} />}
        <form onSubmit={submit}>
          <Stack gap="sm">
            <TextInput label={t("guest.invite.for")} maxLength={200} value={label} onChange={(event) => setLabel(event.currentTarget.value)} />
            <Group grow align="end" preventGrowOverflow={false}>
              <NativeSelect
                label={t("guest.invite.expires")}
                value={expires}
                onChange={(event) => setExpires(event.currentTarget.value)}
                data={TIMES.map(([name, seconds]) => ({ value: String(seconds), label: t(`guest.invite.${name}`) }))}
              />
              <NumberInput
                label={t("guest.invite.limit")}
                placeholder={t("guest.invite.limitAny")}
                min={1}
                max={1000}
                allowDecimal={false}
                value={limit}
                onChange={setLimit}
              />
            </Group>
            <Button type="submit" loading={make.isPending} data-testid="make-guest-link">
              {t("guest.invite.create")}
            </Button>
          </Stack>
        </form>
        <section>
          <Text fw={650}>{t("guest.invite.list")}</Text>
          {links.isPending && <Skeleton h={44} mt="xs" />}
          {links.error && <ProblemAlert error={links.error} onRetry={() => void links.refetch()} />}
          {links.data?.items.length === 0 && (
            <Text size="sm" c="dimmed">
              {t("guest.invite.none")}
            </Text>
          )}
          <ul className={classes.knocks}>
            {links.data?.items.map((link) => (
              <LinkRow key={link.id} link={link} busy={revoke.isPending && revoke.variables === link.id} onRevoke={() => revoke.mutate(link.id)} />
            ))}
          </ul>
        </section>
      </Stack>
    </Modal>
  );
}

export function InviteByLink({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (!useMay("guests.invite")) return null;
  return (
    <div className={classes.invitePlace}>
      <Button variant="light" size="sm" fullWidth leftSection={<IconLink size={18} />} onClick={() => setOpen(true)} data-testid="invite-by-link">
        {t("guest.invite.button")}
      </Button>
      {open && <InviteDialog conversationId={conversationId} onClose={() => setOpen(false)} />}
    </div>
  );
}
