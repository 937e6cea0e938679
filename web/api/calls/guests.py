"""Rows for guests: links into a conversation's calls, the door's own page, and the lobby behind it."""

from conversations.calls.guests import payloads
from conversations.calls.guests.links import GuestLinkService
from conversations.calls.guests.lobby import LobbyService
from web.route import Asked, Route


def guest_routes(links: GuestLinkService, lobby: LobbyService) -> list[Route]:
    """Return the rows of guests and of those who let them in."""

    async def create(asked: Asked) -> payloads.GuestLinkCreated:
        return await links.create(asked.actor, asked.path("conversation_id"), asked.body)

    async def page(asked: Asked) -> payloads.GuestLinks:
        return await links.page(asked.actor, asked.path("conversation_id"))

    async def revoke(asked: Asked) -> None:
        await links.revoke(asked.actor, asked.path("conversation_id"), asked.path("guest_link_id"))

    async def look(asked: Asked) -> payloads.Invitation:
        return await links.look(asked.actor, asked.body.token)

    async def enter(asked: Asked) -> payloads.GuestEntered:
        return await lobby.enter(asked.actor, asked.body)

    async def state(asked: Asked) -> payloads.GuestState:
        return await lobby.state(asked.actor)

    async def wait(asked: Asked) -> payloads.GuestState:
        return await lobby.wait(asked.actor)

    async def leave(asked: Asked) -> None:
        await lobby.leave(asked.actor)

    async def waiting(asked: Asked) -> payloads.Lobby:
        return await lobby.lobby(asked.actor, asked.path("conversation_id"))

    async def admit_all(asked: Asked) -> payloads.Lobby:
        return await lobby.admit(asked.actor, asked.path("conversation_id"), None)

    async def admit(asked: Asked) -> payloads.Lobby:
        return await lobby.admit(asked.actor, asked.path("conversation_id"), asked.path("guest_id"))

    async def put_out(asked: Asked) -> payloads.Lobby:
        return await lobby.put_out(asked.actor, asked.path("conversation_id"), asked.path("guest_id"))

    return [
        Route("POST", "/conversations/{conversation_id}/guest-links", "createGuestLink", create, "guests.invite",
              "Make a link by which people without an account may ask into the conversation's calls",
              body=payloads.NewGuestLinkBody, answer=payloads.GuestLinkCreated, status=201, also=(409,)),
        Route("GET", "/conversations/{conversation_id}/guest-links", "listGuestLinks", page, "guests.invite",
              "The links that still are good", answer=payloads.GuestLinks),
        Route("DELETE", "/conversations/{conversation_id}/guest-links/{guest_link_id}", "revokeGuestLink", revoke,
              "guests.invite", "Revoke a link, and put out all who came by it", status=204),
        Route("GET", "/conversations/{conversation_id}/lobby", "getLobby", waiting, "guests.admit",
              "Who waits to be let into the call", answer=payloads.Lobby),
        Route("POST", "/conversations/{conversation_id}/lobby/admit", "admitAllGuests", admit_all, "guests.admit",
              "Let everybody in who waits", answer=payloads.Lobby, also=(409,)),
        Route("POST", "/conversations/{conversation_id}/lobby/{guest_id}/admit", "admitGuest", admit, "guests.admit",
              "Let a guest in", answer=payloads.Lobby, also=(409,)),
        Route("DELETE", "/conversations/{conversation_id}/lobby/{guest_id}", "putOutGuest", put_out, "guests.admit",
              "Refuse a guest who waits, or remove one from the call", answer=payloads.Lobby),
        Route("POST", "/guest-links/look", "lookAtInvitation", look, "guests.enter",
              "Where a link leads, for whoever holds it", body=payloads.GuestLinkBody, answer=payloads.Invitation,
              also=(409,)),
        Route("POST", "/guests", "enterAsGuest", enter, "guests.enter",
              "Ask, by a link, to be let into a call; the token opens the socket, and who is connected waits",
              body=payloads.NewGuestBody, answer=payloads.GuestEntered, status=201, also=(409,)),
        Route("GET", "/guest", "getGuest", state, "guests.attend", "Where the guest who asks stands",
              answer=payloads.GuestState),
        Route("POST", "/guest/wait", "waitAgain", wait, "guests.attend",
              "Be let wait again, after leaving or when the call ended", answer=payloads.GuestState, also=(409,)),
        Route("DELETE", "/guest", "leaveAsGuest", leave, "guests.attend", "Stop waiting, or go from the call",
              status=204),
    ]  # fmt: skip
