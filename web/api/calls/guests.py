"""Rows for guests: links into a conversation's calls, the door's own page, and the lobby behind it."""

from conversations.calls.guests import payloads
from conversations.calls.guests.links import GuestLinkService
from conversations.calls.guests.lobby import LobbyService
from web.route import Call, Route


def guest_routes(links: GuestLinkService, lobby: LobbyService) -> list[Route]:
    """Return the rows of guests and of those who let them in."""

    async def create(call: Call) -> payloads.GuestLinkCreated:
        return await links.create(call.actor, call.path("conversation_id"), call.body)

    async def page(call: Call) -> payloads.GuestLinks:
        return await links.page(call.actor, call.path("conversation_id"))

    async def revoke(call: Call) -> None:
        await links.revoke(call.actor, call.path("conversation_id"), call.path("guest_link_id"))

    async def look(call: Call) -> payloads.Invitation:
        return await links.look(call.actor, call.body.token)

    async def enter(call: Call) -> payloads.GuestEntered:
        return await lobby.enter(call.actor, call.body)

    async def state(call: Call) -> payloads.GuestState:
        return await lobby.state(call.actor)

    async def wait(call: Call) -> payloads.GuestState:
        return await lobby.wait(call.actor)

    async def leave(call: Call) -> None:
        await lobby.leave(call.actor)

    async def waiting(call: Call) -> payloads.Lobby:
        return await lobby.lobby(call.actor, call.path("conversation_id"))

    async def admit_all(call: Call) -> payloads.Lobby:
        return await lobby.admit(call.actor, call.path("conversation_id"), None)

    async def admit(call: Call) -> payloads.Lobby:
        return await lobby.admit(call.actor, call.path("conversation_id"), call.path("guest_id"))

    async def put_out(call: Call) -> payloads.Lobby:
        return await lobby.put_out(call.actor, call.path("conversation_id"), call.path("guest_id"))

    return [
        Route("POST", "/conversations/{conversation_id}/guest-links", "createGuestLink", create, "guests.invite",
              "Make a link by which people without an account may ask into the conversation's calls",
              body=payloads.NewGuestLinkBody, answer=payloads.GuestLinkCreated, status=201),
        Route("GET", "/conversations/{conversation_id}/guest-links", "listGuestLinks", page, "guests.invite",
              "The links that still are good", answer=payloads.GuestLinks),
        Route("DELETE", "/conversations/{conversation_id}/guest-links/{guest_link_id}", "revokeGuestLink", revoke,
              "guests.invite", "Revoke a link, and put out all who came by it", status=204),
        Route("GET", "/conversations/{conversation_id}/lobby", "getLobby", waiting, "guests.admit",
              "Who waits to be let into the call", answer=payloads.Lobby),
        Route("POST", "/conversations/{conversation_id}/lobby/admit", "admitAllGuests", admit_all, "guests.admit",
              "Let everybody in who waits", answer=payloads.Lobby),
        Route("POST", "/conversations/{conversation_id}/lobby/{guest_id}/admit", "admitGuest", admit, "guests.admit",
              "Let a guest in", answer=payloads.Lobby),
        Route("DELETE", "/conversations/{conversation_id}/lobby/{guest_id}", "putOutGuest", put_out, "guests.admit",
              "Refuse a guest who waits, or remove one from the call", answer=payloads.Lobby),
        Route("POST", "/guest-links/look", "lookAtInvitation", look, "guests.enter",
              "Where a link leads, for whoever holds it", body=payloads.GuestLinkBody, answer=payloads.Invitation),
        Route("POST", "/guests", "enterAsGuest", enter, "guests.enter",
              "Ask, by a link, to be let into a call; the token opens the socket, and who is connected waits",
              body=payloads.NewGuestBody, answer=payloads.GuestEntered, status=201),
        Route("GET", "/guest", "getGuest", state, "guests.attend", "Where the guest who asks stands",
              answer=payloads.GuestState),
        Route("POST", "/guest/wait", "waitAgain", wait, "guests.attend",
              "Be let wait again, after leaving or when the call ended", answer=payloads.GuestState),
        Route("DELETE", "/guest", "leaveAsGuest", leave, "guests.attend", "Stop waiting, or go from the call",
              status=204),
    ]  # fmt: skip
