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
from web.route import Answered, Call, Paging, Route

_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp")


class PeopleQuery(Paging):
    """Which people."""

    q: Annotated[str, Field(max_length=200)] = ""
    group_id: Id | None = None


def profile_routes(profile: ProfileService, links: FileLinks) -> list[Route]:
    """Return the rows under /profile, and people's pictures."""

    async def get(call: Call) -> payloads.Profile:
        return await profile.get(call.actor)

    async def change(call: Call) -> payloads.Profile:
        return await profile.change(call.actor, call.body)

    async def change_password(call: Call) -> None:
        await profile.change_password(call.actor, call.body)

    async def set_avatar(call: Call) -> payloads.Profile:
        return await profile.set_avatar(call.actor, call.body)

    async def remove_avatar(call: Call) -> payloads.Profile:
        return await profile.remove_avatar(call.actor)

    async def avatar(call: Call) -> web.Response:
        content = await profile.avatar(call.actor, call.path("person_id"))
        headers = {"Cache-Control": "private, max-age=86400", "Cross-Origin-Resource-Policy": "same-origin"}
        return web.Response(body=content, content_type="image/webp", headers=headers)

    async def link_avatar(call: Call) -> payloads.FileLinkMade:
        return await links.make(call.actor, "avatar", call.path("person_id"))

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
              produces="image/webp"),
        Route("POST", "/people/{person_id}/avatar-link", "linkAvatar", link_avatar, "files.link",
              "Make a link to somebody's picture that works for ten minutes without signing in, as in an <img>",
              answer=payloads.FileLinkMade, status=201),
    ]  # fmt: skip


def people_routes(people: PeopleService, groups: GroupService) -> list[Route]:
    """Return the rows under /people and /groups."""

    async def page(call: Call) -> payloads.People:
        query: PeopleQuery = call.query
        return await people.page(call.actor, query=query.q, group_id=query.group_id, cursor=query.cursor)

    async def invite(call: Call) -> payloads.PersonDetails:
        return await people.invite(call.actor, call.body)

    async def get(call: Call) -> payloads.PersonDetails:
        return await people.get(call.actor, call.path("person_id"))

    async def change(call: Call) -> payloads.PersonDetails:
        return await people.change(call.actor, call.path("person_id"), call.body)

    async def mail_again(call: Call) -> Answered:
        await people.mail_again(call.actor, call.path("person_id"))
        return Answered(None, 202)

    async def all_groups(call: Call) -> payloads.Groups:
        return await groups.all(call.actor)

    async def add_group(call: Call) -> payloads.Group:
        return await groups.add(call.actor, call.body)

    async def change_group(call: Call) -> payloads.Group:
        return await groups.change(call.actor, call.path("group_id"), call.body)

    async def delete_group(call: Call) -> None:
        await groups.delete(call.actor, call.path("group_id"))

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
