"""Rows for what people do with messages that are there: react, pin, forward, make one file of a recording."""

from aiohttp import web

from conversations.calls.recordings.compositions import CompositionService
from conversations.forwarding import ForwardService
from conversations.messages import annex_payloads, payloads
from conversations.messages.link_cards import LinkCards
from conversations.messages.pins import PinService
from conversations.messages.reactions import ReactionService
from web.route import Answered, Asked, Route


def message_act_routes(
    reactions: ReactionService,
    pins: PinService,
    forwarding: ForwardService,
    cards: LinkCards,
    compositions: CompositionService,
) -> list[Route]:
    """Return the rows under /conversations/{id}/messages/{id}, and the list of pinned messages."""

    def place(asked: Asked) -> tuple[str, str]:
        return asked.path("conversation_id"), asked.path("message_id")

    async def list_reactions(asked: Asked) -> annex_payloads.Reactions:
        return await reactions.page(asked.actor, *place(asked))

    async def react(asked: Asked) -> payloads.Message:
        return await reactions.react(asked.actor, *place(asked), asked.body)

    async def list_pins(asked: Asked) -> payloads.Messages:
        return await pins.page(asked.actor, asked.path("conversation_id"))

    async def pin(asked: Asked) -> payloads.Message:
        return await pins.pin(asked.actor, *place(asked))

    async def unpin(asked: Asked) -> payloads.Message:
        return await pins.unpin(asked.actor, *place(asked))

    async def forward(asked: Asked) -> Answered:
        return Answered(await forwarding.forward(asked.actor, *place(asked), asked.body), 201)

    async def remove_card(asked: Asked) -> payloads.Message:
        return await cards.remove(asked.actor, *place(asked))

    async def card_picture(asked: Asked) -> web.Response:
        content = await cards.picture(asked.actor, *place(asked))
        return web.Response(body=content, content_type="image/webp")

    async def compose(asked: Asked) -> payloads.Message:
        return await compositions.ask(asked.actor, *place(asked))

    async def end_composing(asked: Asked) -> payloads.Message:
        return await compositions.cancel(asked.actor, *place(asked))

    base = "/conversations/{conversation_id}"
    message = f"{base}/messages/{{message_id}}"
    return [
        Route("GET", f"{message}/reactions", "listReactions", list_reactions, "conversations.read",
              "Everybody who reacted to a message", answer=annex_payloads.Reactions),
        Route("PUT", f"{message}/reactions", "react", react, "conversations.write",
              "React to a message with an emoji, or take that back", body=annex_payloads.ReactionBody,
              answer=payloads.Message, also=(409,)),
        Route("GET", f"{base}/pins", "listPins", list_pins, "conversations.read",
              "Pinned messages, the one pinned last first", answer=payloads.Messages),
        Route("PUT", f"{message}/pin", "pinMessage", pin, "conversations.write",
              "Pin a message above the others", answer=payloads.Message, also=(409,)),
        Route("DELETE", f"{message}/pin", "unpinMessage", unpin, "conversations.write",
              "Pin a message no more", answer=payloads.Message),
        Route("POST", f"{message}/forward", "forwardMessage", forward, "conversations.write",
              "Post a message again in other conversations of one's own", body=payloads.ForwardBody,
              answer=payloads.Messages, status=201, also=(409,)),
        Route("DELETE", f"{message}/card", "removeCard", remove_card, "conversations.write",
              "Take the card of a linked page away from one's own message", answer=payloads.Message),
        Route("GET", f"{message}/card/picture", "getCardPicture", card_picture, "conversations.read",
              "The small picture of a linked page", produces="image/webp", caching="private"),
        Route("POST", f"{message}/composition", "composeRecording", compose, "conversations.write",
              "Make one file of all tracks of a recording; its message tells how far that is", answer=payloads.Message,
              also=(409,)),
        Route("DELETE", f"{message}/composition", "endComposing", end_composing, "conversations.write",
              "Make no file of a recording after all", answer=payloads.Message, also=(409,)),
    ]  # fmt: skip
