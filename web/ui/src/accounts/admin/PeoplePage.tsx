/** The people of the organisation: list, search, invite, change, within the limit (CC-162, CC-164, CC-165). */
import { Badge, Button, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch, IconUserPlus, IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { PersonDetails } from "@/accounts/rest";
import { Empty } from "@/base/Empty";
import { Loading } from "@/base/Loading";
import { Page, Panel } from "@/base/Page";
import { Picture } from "@/base/people";
import { ProblemAlert } from "@/base/problems";

import classes from "./admin.module.css";
import { EditPerson, InvitePerson } from "./PersonDialog";
import { useOrganisation, usePeople } from "./queries";

function PersonRow({ person, onEdit }: { person: PersonDetails; onEdit: () => void }) {
  const { t } = useTranslation();
  return (
    <button type="button" className={classes.person} onClick={onEdit}>
      <Picture id={person.id} name={person.name} url={person.avatar_url} size={42} />
      <span className="grow">
        <Text component="span" display="block" fw={600} size="sm" truncate>
          {person.name}
        </Text>
        <Text component="span" display="block" size="sm" c="dimmed" truncate>
          {person.email}
        </Text>
      </span>
      <Text component="span" size="sm" c="dimmed" className={classes.group ?? ""} truncate>
        {person.group_name}
      </Text>
      <span className={classes.badges}>
        {!person.active && (
          <Badge color="red" variant="light" tt="none">
            {t("admin.people.inactive")}
          </Badge>
        )}
        {person.active && !person.password_set && (
          <Badge color="orange" variant="light" tt="none">
            {t("admin.people.invited")}
          </Badge>
        )}
        <Badge color={person.role === "admin" ? "violet" : "gray"} variant="light" tt="none">
          {t(`common.role.${person.role}`)}
        </Badge>
      </span>
    </button>
  );
}

export function PeoplePage() {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [query] = useDebouncedValue(words.trim(), 250);
  const people = usePeople(query);
  const organisation = useOrganisation().data;
  const [isInviting, setInviting] = useState(false);
  const [edited, setEdited] = useState<PersonDetails | null>(null);
  const rows = people.data?.pages.flatMap((page) => page.items) ?? [];
  const limit = organisation?.people_limit ?? null;
  const isFull = organisation !== undefined && limit !== null && organisation.people_count >= limit;
  const count =
    organisation === undefined
      ? ""
      : limit === null
        ? t("admin.people.countUnlimited", { count: organisation.people_count })
        : t("admin.people.count", { present: organisation.people_count, limit });

  return (
    <Page title={t("admin.people.title")}>
      <Panel
        title={count}
        {...(isFull && { text: t("admin.people.full") })}
        action={
          <Button leftSection={<IconUserPlus size={18} />} disabled={isFull} onClick={() => setInviting(true)}>
            {t("admin.people.invite")}
          </Button>
        }
      >
        <TextInput
          size="sm"
          mb="xs"
          type="search"
          aria-label={t("admin.people.search")}
          placeholder={t("admin.people.search")}
          leftSection={<IconSearch size={17} aria-hidden="true" />}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        {people.isError && <ProblemAlert error={people.error} onRetry={() => void people.refetch()} />}
        {people.data === undefined && !people.isError && <Loading />}
        {people.data !== undefined && rows.length === 0 && <Empty inline icon={IconUsers} title={t("admin.people.nobody")} />}
        <ul className={classes.list}>
          {rows.map((person) => (
            <li key={person.id}>
              <PersonRow person={person} onEdit={() => setEdited(person)} />
            </li>
          ))}
        </ul>
        {people.hasNextPage && (
          <Button variant="subtle" fullWidth loading={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>
            {t("common.more")}
          </Button>
        )}
      </Panel>
      {isInviting && <InvitePerson onClose={() => setInviting(false)} />}
      {edited !== null && <EditPerson person={edited} onClose={() => setEdited(null)} />}
    </Page>
  );
}
