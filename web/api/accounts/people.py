"""Rows for one's profile and for the administration of people and groups."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from accounts import payloads
from accounts.file_links import FileLinks
from accounts.groups import GroupService
from accounts.people import PeopleService
from accounts.profile import MAX_AVATAR_BYTES, ProfileService
from core.payloads import Id
from web.route import Answered, Asked, Paging, Route

_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp")


class PeopleQuery(Paging):
    """Which people."""

    q: Annotated[str, Field(max_length=200)] = ""
    group_id: Id | None = None


def profile_routes(profile: ProfileService, links: FileLinks) -> list[Route]:
    """Return the rows under /profile, and people's pictures."""

    async def get(asked: Asked) -> payloads.Profile:
        return await profile.get(asked.actor)

    async def change(asked: Asked) -> payloads.Profile:
        return await profile.change(asked.actor, asked.body)

    async def change_password(asked: Asked) -> None:
        await profile.change_password(asked.actor, asked.body)

    async def set_avatar(asked: Asked) -> payloads.Profile:
        return await profile.set_avatar(asked.actor, asked.body)

    async def remove_avatar(asked: Asked) -> payloads.Profile:
        return await profile.remove_avatar(asked.actor)

    async def avatar(asked: Asked) -> web.Response:
        content = await profile.avatar(asked.actor, asked.path("person_id"))
        return web.Response(body=content, content_type="image/webp")

    async def link_avatar(asked: Asked) -> payloads.FileLinkMade:
        return await links.make(asked.actor, "avatar", asked.path("person_id"))

    return [
        Route("GET", "/profile", "getProfile", get, "profile.change", "One's own data", answer=payloads.Profile),
        Route("PATCH", "/profile", "changeProfile", change, "profile.change", "Change one's own data",
              body=payloads.ProfileBody, answer=payloads.Profile, also=(409,)),
        Route("POST", "/profile/password", "changePassword", change_password, "profile.change",
              "Replace one's password; other sessions end", body=payloads.ChangePasswordBody, status=204),
        Route("PUT", "/profile/avatar", "setAvatar", set_avatar, "profile.change", "Set one's picture",
              raw=_PICTURES, max_bytes=MAX_AVATAR_BYTES, answer=payloads.Profile),
        Route("DELETE", "/profile/avatar", "removeAvatar", remove_avatar, "profile.change", "Remove one's picture",
              answer=payloads.Profile),
        Route("GET", "/people/{person_id}/avatar", "getAvatar", avatar, "people.see", "Somebody's picture",
              produces="image/webp", caching="private"),
        Route("POST", "/people/{person_id}/avatar-link", "linkAvatar", link_avatar, "files.link",
              "Make a link to somebody's picture that works for ten minutes without signing in, as in an <img>",
              answer=payloads.FileLinkMade, status=201),
    ]  # fmt: skip


def people_routes(people: PeopleService, groups: GroupService) -> list[Route]:
    """Return the rows under /people and /groups."""

    async def page(asked: Asked) -> payloads.People:
        query: PeopleQuery = asked.query
        return await people.page(asked.actor, query=query.q, group_id=query.group_id, cursor=query.cursor)

    async def invite(asked: Asked) -> payloads.PersonDetails:
        return await people.invite(asked.actor, asked.body)

    async def get(asked: Asked) -> payloads.PersonDetails:
        return await people.get(asked.actor, asked.path("person_id"))

    async def change(asked: Asked) -> payloads.PersonDetails:
        return await people.change(asked.actor, asked.path("person_id"), asked.body)

    async def mail_again(asked: Asked) -> Answered:
        await people.mail_again(asked.actor, asked.path("person_id"))
        return Answered(None, 202)

    async def all_groups(asked: Asked) -> payloads.Groups:
        return await groups.all(asked.actor)

    async def add_group(asked: Asked) -> payloads.Group:
        return await groups.add(asked.actor, asked.body)

    async def change_group(asked: Asked) -> payloads.Group:
        return await groups.change(asked.actor, asked.path("group_id"), asked.body)

    async def delete_group(asked: Asked) -> None:
        await groups.delete(asked.actor, asked.path("group_id"))

    return [
        Route("GET", "/people", "listPeople", page, "people.manage", "The people of the organisation",
              query=PeopleQuery, answer=payloads.People),
        Route("POST", "/people", "invitePerson", invite, "people.manage",
              "Add a person; without a password a set-password mail goes out",
              body=payloads.NewPersonBody, answer=payloads.PersonDetails, status=201, also=(409,)),
        Route("GET", "/people/{person_id}", "getPerson", get, "people.manage", "One person",
              answer=payloads.PersonDetails),
        Route("PATCH", "/people/{person_id}", "changePerson", change, "people.manage", "Change or deactivate a person",
              body=payloads.PersonBody, answer=payloads.PersonDetails, also=(409,)),
        Route("POST", "/people/{person_id}/invitation", "mailInvitation", mail_again, "people.manage",
              "Mail the invitation again", status=202, also=(409,)),
        Route("GET", "/groups", "listGroups", all_groups, "groups.manage", "All groups", answer=payloads.Groups),
        Route("POST", "/groups", "addGroup", add_group, "groups.manage", "Make a group",
              body=payloads.NewGroupBody, answer=payloads.Group, status=201, also=(409,)),
        Route("PATCH", "/groups/{group_id}", "changeGroup", change_group, "groups.manage", "Rename a group",
              body=payloads.GroupBody, answer=payloads.Group, also=(409,)),
        Route("DELETE", "/groups/{group_id}", "deleteGroup", delete_group, "groups.manage", "Delete an empty group",
              status=204, also=(409,)),
    ]  # fmt: skip
