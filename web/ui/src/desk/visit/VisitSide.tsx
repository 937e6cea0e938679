/** Beside the conversation: who the visitor is, where they are and were, with what, and what was before. */
import { ActionIcon, Anchor, Badge, Button, Group, Stack, TagsInput, Text, TextInput, Tooltip } from "@mantine/core";
import { IconPencil, IconRosetteDiscountCheck, IconStarFilled } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { LANGUAGE_NAMES } from "@/base/i18n";
import { formatPhone } from "@/base/phones";
import { describeBrowser, describePage, linkTo, nameOf } from "@/desk/describing";
import { useVisitAct } from "@/desk/queries";
import { MediumIcon } from "@/desk/queue/MediumIcon";
import { api, type VisitDetails, type VisitorShown } from "@/desk/rest";

import { useMayHandle } from "./handling";
import classes from "./VisitSide.module.css";

const TAGS_MAX = 20;
const TAG_LENGTH_MAX = 40;

function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.sideSection}>
      <Group justify="space-between" mih={30} mb={4}>
        <h3 className={classes.sideHeading}>{title}</h3>
        {action}
      </Group>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Address({ url, title }: { url: string; title: string }) {
  const href = linkTo(url);
  const text = describePage(url, title);
  if (href === null) return <span>{text}</span>;
  return (
    <Anchor href={href} target="_blank" rel="noopener noreferrer" size="sm" title={url} className={classes.address ?? ""}>
      {text}
    </Anchor>
  );
}

function ContactForm({ visitId, visitor, onDone }: { visitId: string; visitor: VisitorShown; onDone: () => void }) {
  const { t } = useTranslation();
  const [data, setData] = useState({ name: visitor.name, email: visitor.email, phone: visitor.phone });
  const save = useVisitAct(() => api.name(visitId, data), onDone);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  const field = (name: keyof typeof data, type: string, label: string) => (
    <TextInput size="sm" type={type} label={label} maxLength={200} value={data[name]} onChange={(event) => setData({ ...data, [name]: event.currentTarget.value })} />
  );
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        {field("name", "text", t("desk.side.name"))}
        {field("email", "email", t("desk.side.email"))}
        {field("phone", "tel", t("desk.side.phone"))}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={onDone}>
            {t("common.cancel")}
          </Button>
          <Button size="xs" type="submit" loading={save.isPending}>
            {t("common.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Contact({ details }: { details: VisitDetails }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const { visit } = details;
  const { visitor } = visit;
  const [isEditing, setEditing] = useState(false);
  const mayHandle = useMayHandle(visit);
  return (
    <Section
      title={t("desk.side.contact")}
      action={
        !isEditing &&
        mayHandle && (
          <Tooltip label={t("desk.side.edit")}>
            <ActionIcon variant="subtle" color="gray" aria-label={t("desk.side.edit")} onClick={() => setEditing(true)}>
              <IconPencil size={18} />
            </ActionIcon>
          </Tooltip>
        )
      }
    >
      {isEditing ? (
        <ContactForm visitId={visit.id} visitor={visitor} onDone={() => setEditing(false)} />
      ) : (
        <>
          <p className={classes.sideName}>
            {nameOf(visitor)}
            {visitor.verified && (
              <Tooltip label={t("desk.side.verifiedText")}>
                <Badge variant="light" color="green" tt="none" leftSection={<IconRosetteDiscountCheck size={14} aria-hidden="true" />}>
                  {t("desk.side.verified")}
                </Badge>
              </Tooltip>
            )}
          </p>
          <dl className={classes.facts}>
            {visitor.email !== "" && (
              <Fact name={t("desk.side.email")}>
                <Anchor href={`mailto:${visitor.email}`} size="sm">
                  {visitor.email}
                </Anchor>
              </Fact>
            )}
            {visitor.phone !== "" && <Fact name={t("desk.side.phone")}>{formatPhone(visitor.phone)}</Fact>}
            <Fact name={t("desk.side.language")}>{LANGUAGE_NAMES[visitor.language]}</Fact>
            {visitor.browser !== "" && (
              <Fact name={t("desk.side.browser")}>
                <span title={visitor.browser}>{describeBrowser(visitor.browser)}</span>
              </Fact>
            )}
            <Fact name={t("desk.side.since")}>{dateTime(visitor.first_seen_at_ms)}</Fact>
          </dl>
        </>
      )}
    </Section>
  );
}

function Pages({ details }: { details: VisitDetails }) {
  const { t } = useTranslation();
  const { time } = useFormats();
  const [isWhole, setWhole] = useState(false);
  const { visitor } = details.visit;
  const older = [...details.pages].sort((a, b) => b.at_ms - a.at_ms).filter((page) => page.at_ms < visitor.page_at_ms || page.url !== visitor.page_url);
  const shown = isWhole ? older : older.slice(0, 5);
  return (
    <Section title={t("desk.side.pages")}>
      {visitor.page_url !== "" && (
        <p className={classes.pageNow}>
          <span className={classes.now}>{t("desk.side.now")}</span>
          <Address url={visitor.page_url} title={visitor.page_title} />
        </p>
      )}
      {visitor.page_url === "" && older.length === 0 && <p className={classes.nothing}>{t("desk.side.noPages")}</p>}
      <ul className={classes.pages}>
        {shown.map((page) => (
          <li key={`${page.at_ms} ${page.url}`}>
            <time>{time(page.at_ms)}</time>
            <Address url={page.url} title={page.title} />
          </li>
        ))}
      </ul>
      {older.length > shown.length && (
        <Button size="compact-xs" variant="subtle" onClick={() => setWhole(true)}>
          {t("desk.side.allPages", { count: older.length })}
        </Button>
      )}
    </Section>
  );
}

function Tags({ details }: { details: VisitDetails }) {
  const { t } = useTranslation();
  const { visit } = details;
  const mayHandle = useMayHandle(visit);
  const tag = useVisitAct((tags: string[]) => api.tag(visit.id, tags));
  return (
    <Section title={t("desk.side.tags")}>
      <TagsInput
        size="sm"
        aria-label={t("desk.side.tags")}
        disabled={!mayHandle}
        placeholder={visit.tags.length === 0 && mayHandle ? t("desk.side.addTag") : ""}
        maxTags={TAGS_MAX}
        maxLength={TAG_LENGTH_MAX}
        value={tag.isPending ? tag.variables : visit.tags}
        onChange={(tags) => tag.mutate(tags)}
      />
    </Section>
  );
}

// locale-keys: desk.state.*
function Earlier({ details }: { details: VisitDetails }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const navigate = useNavigate();
  if (details.earlier.length === 0) return null;
  return (
    <Section title={t("desk.side.earlier", { count: details.earlier.length })}>
      <ul className={classes.earlier}>
        {details.earlier.map((one) => (
          <li key={one.id}>
            <button type="button" className={classes.earlierButton} onClick={() => void navigate({ to: "/desk/$visitId", params: { visitId: one.id } })}>
              <MediumIcon kind={one.state === "message" ? "message" : one.medium} size={30} />
              <span className="grow">
                <Text size="sm" fw={600} truncate>
                  {dateTime(one.asked_at_ms)}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {[one.agent?.name, one.result_code !== "" ? one.result_code : t(`desk.state.${one.state}`)].filter((part) => part !== undefined).join(" · ")}
                </Text>
              </span>
              {one.stars !== null && (
                <span className={classes.stars}>
                  <IconStarFilled size={13} aria-hidden="true" />
                  <span className="visually-hidden">{t("desk.side.stars", { count: one.stars })}</span>
                  <span aria-hidden="true">{one.stars}</span>
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

// locale-keys: desk.cause.*
function Steps({ details }: { details: VisitDetails }) {
  const { t } = useTranslation();
  const { time } = useFormats();
  return (
    <Section title={t("desk.side.steps")}>
      <ol className={classes.pages}>
        {details.changes.map((change, index) => (
          <li key={index}>
            <time>{time(change.at_ms)}</time>
            <span>
              {t(`desk.cause.${change.cause === "withdrawn" && change.details["why"] !== undefined ? "given_back" : change.cause}`)}
              {change.by !== null && change.by.name !== "" && ` · ${change.by.name}`}
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}

export function VisitSide({ details }: { details: VisitDetails }) {
  const { t } = useTranslation();
  const { visit } = details;
  return (
    <div className={classes.sideBody}>
      <Contact key={visit.visitor.id} details={details} />
      <Pages details={details} />
      <Tags details={details} />
      {(visit.result_code !== "" || visit.result_note !== "" || visit.stars !== null) && (
        <Section title={t("desk.side.result")}>
          <dl className={classes.facts}>
            {visit.result_code !== "" && <Fact name={t("desk.close.code")}>{visit.result_code}</Fact>}
            {visit.result_note !== "" && <Fact name={t("desk.close.note")}>{visit.result_note}</Fact>}
            {visit.stars !== null && (
              <Fact name={t("desk.side.rating")}>
                {t("desk.side.stars", { count: visit.stars })}
                {visit.comment !== "" && `: ${visit.comment}`}
              </Fact>
            )}
          </dl>
        </Section>
      )}
      <Earlier details={details} />
      <Steps details={details} />
    </div>
  );
}
