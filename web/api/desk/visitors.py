"""Rows for visitors of websites: into the widget, who they are and where, and their visits."""

from desk.visits import payloads
from desk.visits.visitors import VisitorService
from web.route import Answered, Call, Route


def visitor_routes(visitors: VisitorService) -> list[Route]:
    """Return the rows that widgets use with the key of a widget or the token of a visitor."""

    async def enter(call: Call) -> payloads.VisitorEntered:
        return await visitors.enter(call.actor, call.path("widget_key"), call.body)

    async def write(call: Call) -> payloads.MessageTaken:
        return await visitors.write(call.actor, call.path("widget_key"), call.body)

    async def home(call: Call) -> payloads.VisitorHome:
        return await visitors.home(call.actor)

    async def change(call: Call) -> payloads.VisitorView:
        return await visitors.change(call.actor, call.body)

    async def move_page(call: Call) -> None:
        await visitors.move_page(call.actor, call.body)

    async def ask(call: Call) -> Answered:
        visit, created = await visitors.ask(call.actor, call.body)
        return Answered(visit, 201 if created else 200)

    async def state(call: Call) -> payloads.VisitState:
        return await visitors.state(call.actor)

    async def call_again(call: Call) -> payloads.VisitState:
        return await visitors.call(call.actor, call.path("visit_id"))

    async def escalate(call: Call) -> payloads.VisitState:
        return await visitors.escalate(call.actor, call.path("visit_id"), call.body)

    async def leave(call: Call) -> payloads.VisitState:
        return await visitors.leave(call.actor, call.path("visit_id"))

    async def rate(call: Call) -> payloads.VisitState:
        return await visitors.rate(call.actor, call.path("visit_id"), call.body)

    async def transcript(call: Call) -> None:
        await visitors.send_transcript(call.actor, call.path("visit_id"), call.body)

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
