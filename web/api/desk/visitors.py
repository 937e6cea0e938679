"""Rows for visitors of websites: into the widget, who they are and where, and their visits."""

from desk.visits import payloads
from desk.visits.visitors import VisitorService
from web.route import Answered, Asked, Route


def visitor_routes(visitors: VisitorService) -> list[Route]:
    """Return the rows that widgets use with the key of a widget or the token of a visitor."""

    async def enter(asked: Asked) -> payloads.VisitorEntered:
        return await visitors.enter(asked.actor, asked.path("widget_key"), asked.body)

    async def write(asked: Asked) -> payloads.MessageTaken:
        return await visitors.write(asked.actor, asked.path("widget_key"), asked.body)

    async def home(asked: Asked) -> payloads.VisitorHome:
        return await visitors.home(asked.actor)

    async def prove(asked: Asked) -> payloads.VisitorProof:
        return await visitors.prove(asked.actor, asked.body)

    async def change(asked: Asked) -> payloads.VisitorView:
        return await visitors.change(asked.actor, asked.body)

    async def move_page(asked: Asked) -> None:
        await visitors.move_page(asked.actor, asked.body)

    async def ask(asked: Asked) -> Answered:
        visit, created = await visitors.ask(asked.actor, asked.body)
        return Answered(visit, 201 if created else 200)

    async def state(asked: Asked) -> payloads.VisitState:
        return await visitors.state(asked.actor)

    async def call_again(asked: Asked) -> payloads.VisitState:
        return await visitors.call(asked.actor, asked.path("visit_id"))

    async def escalate(asked: Asked) -> payloads.VisitState:
        return await visitors.escalate(asked.actor, asked.path("visit_id"), asked.body)

    async def leave(asked: Asked) -> payloads.VisitState:
        return await visitors.leave(asked.actor, asked.path("visit_id"))

    async def rate(asked: Asked) -> payloads.VisitState:
        return await visitors.rate(asked.actor, asked.path("visit_id"), asked.body)

    async def transcript(asked: Asked) -> None:
        await visitors.send_transcript(asked.actor, asked.path("visit_id"), asked.body)

    visit = "/visitor/visits/{visit_id}"
    return [
        Route("POST", "/widget/{widget_key}/visitors", "enterAsVisitor", enter, "widget.open",
              "Enter by a widget; the token opens the visitor's doors and the socket", body=payloads.NewVisitorBody,
              answer=payloads.VisitorEntered, status=201),
        Route("POST", "/widget/{widget_key}/messages", "leaveMessage", write, "widget.open",
              "Leave a message for when nobody is there; a visit that waits becomes it", body=payloads.MessageFormBody,
              answer=payloads.MessageTaken, status=201, also=(409,)),
        Route("GET", "/visitor", "getVisitor", home, "visits.attend", "Who the visitor is, and the visit there is",
              answer=payloads.VisitorHome),
        Route("POST", "/visitor/identity", "proveVisitor", prove, "visits.attend",
              "Whether the site vouches that this is the visitor", body=payloads.ProofBody,
              answer=payloads.VisitorProof),
        Route("PATCH", "/visitor", "changeVisitor", change, "visits.attend", "Say, or correct, who one is",
              body=payloads.VisitorBody, answer=payloads.VisitorView),
        Route("POST", "/visitor/pages", "moveToPage", move_page, "visits.attend", "The visitor is on another page now",
              body=payloads.PageBody, status=204),
        Route("POST", "/visitor/visits", "askForContact", ask, "visits.attend",
              "Ask for contact; 200 when this client_id asked before", body=payloads.NewVisitBody,
              answer=payloads.VisitState, status=201, also=(200, 409)),
        Route("GET", "/visitor/visit", "getOwnVisit", state, "visits.attend", "The open visit, or the newest",
              answer=payloads.VisitState),
        Route("POST", f"{visit}/call", "comeBackToCall", call_again, "visits.attend",
              "See to it that the call of the visit runs", answer=payloads.VisitState, also=(409,)),
        Route("POST", f"{visit}/escalate", "escalateOwnVisit", escalate, "visits.attend",
              "Go on by voice, or with pictures", body=payloads.EscalateBody, answer=payloads.VisitState, also=(409,)),
        Route("POST", f"{visit}/leave", "leaveVisit", leave, "visits.attend", "End the visit",
              answer=payloads.VisitState),
        Route("POST", f"{visit}/rating", "rateVisit", rate, "visits.attend", "Say how it was",
              body=payloads.RatingBody, answer=payloads.VisitState, also=(409,)),
        Route("POST", f"{visit}/transcript", "sendTranscript", transcript, "visits.attend",
              "Have what was written sent by mail", body=payloads.TranscriptBody, status=204),
    ]  # fmt: skip
