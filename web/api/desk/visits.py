"""Rows for agents: the queue, a visit from the first ring to its result, and what is made of it."""

from typing import Annotated

from pydantic import Field

from conversations.messages import payloads as message_payloads
from desk.visits import payloads, supervision_payloads
from desk.visits.case_making import CaseMaking
from desk.visits.offering import OfferService
from desk.visits.supervision import SupervisionService
from desk.visits.visits import VisitService
from web.route import Asked, Query, Route

Seq = Annotated[int, Field(ge=0, lt=1 << 53)]


class VisitMessagesQuery(Query):
    """Which messages of a visit; team: those only colleagues see."""

    team: bool = False
    after: Seq | None = None
    before: Seq | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


def visit_routes(
    visits: VisitService, offering: OfferService, cases: CaseMaking, supervision: SupervisionService
) -> list[Route]:
    """Return the rows under /desk."""

    async def queue(asked: Asked) -> payloads.Queue:
        return await visits.queue(asked.actor)

    async def details(asked: Asked) -> payloads.VisitDetails:
        return await visits.details(asked.actor, asked.path("visit_id"))

    async def messages(asked: Asked) -> message_payloads.Messages:
        query: VisitMessagesQuery = asked.query
        return await visits.messages(
            asked.actor, asked.path("visit_id"), team=query.team, after=query.after, before=query.before,
            limit=query.limit,
        )  # fmt: skip

    async def accept(asked: Asked) -> payloads.Visit:
        return await offering.accept(asked.actor, asked.path("visit_id"))

    async def decline(asked: Asked) -> None:
        await offering.decline(asked.actor, asked.path("visit_id"))

    async def ignore(asked: Asked) -> None:
        await offering.ignore(asked.actor, asked.path("visit_id"))

    async def close(asked: Asked) -> payloads.Visit:
        return await visits.close(asked.actor, asked.path("visit_id"), asked.body)

    async def transfer(asked: Asked) -> payloads.Visit:
        return await visits.transfer(asked.actor, asked.path("visit_id"), asked.body)

    async def escalate(asked: Asked) -> payloads.Visit:
        return await visits.escalate(asked.actor, asked.path("visit_id"), asked.body)

    async def hold(asked: Asked) -> payloads.Visit:
        return await visits.hold(asked.actor, asked.path("visit_id"), held=asked.body.held)

    async def tag(asked: Asked) -> payloads.Visit:
        return await visits.tag(asked.actor, asked.path("visit_id"), asked.body.tags)

    async def name_visitor(asked: Asked) -> payloads.Visit:
        return await visits.name_visitor(asked.actor, asked.path("visit_id"), asked.body)

    async def colleagues(asked: Asked) -> payloads.Colleagues:
        return await visits.colleagues(asked.actor)

    async def look(asked: Asked) -> supervision_payloads.Supervision:
        return await supervision.look(asked.actor)

    async def listen(asked: Asked) -> supervision_payloads.Supervised:
        return await supervision.listen(asked.actor, asked.path("visit_id"), asked.body.mode)

    async def make_case(asked: Asked) -> payloads.Visit:
        return await cases.make(asked.actor, asked.path("visit_id"), asked.body)

    base, right, handling = "/desk/visits/{visit_id}", "visits.answer", "visits.handle"
    return [
        Route("GET", "/desk/queue", "getQueue", queue, right, "What rings, what one has in hand, and what waits",
              answer=payloads.Queue),
        Route("GET", base, "getVisit", details, right, "A visit with pages, earlier visits and every step of it",
              answer=payloads.VisitDetails),
        Route("GET", f"{base}/messages", "listVisitMessages", messages, right,
              "What was written in a visit, also for colleagues who were not in it", query=VisitMessagesQuery,
              answer=message_payloads.Messages),
        Route("POST", f"{base}/accept", "acceptVisit", accept, right, "Answer; 409 names who was faster",
              answer=payloads.Visit, also=(409,)),
        Route("POST", f"{base}/decline", "declineVisit", decline, right, "Let it go on to the next agent", status=204,
              also=(409,)),
        Route("POST", f"{base}/ignore", "ignoreVisit", ignore, right, "Not be asked about it again, nor see it wait", status=204,
              also=(409,)),
        Route("POST", f"{base}/close", "closeVisit", close, handling, "Close it, with a result", body=payloads.CloseBody,
              answer=payloads.Visit, also=(409,)),
        Route("POST", f"{base}/transfer", "transferVisit", transfer, handling, "Hand it to an agent or a project",
              body=payloads.TransferBody, answer=payloads.Visit, also=(409,)),
        Route("POST", f"{base}/escalate", "escalateVisit", escalate, handling, "Go on by voice, or with pictures",
              body=payloads.EscalateBody, answer=payloads.Visit, also=(409,)),
        Route("POST", f"{base}/hold", "holdVisit", hold, handling, "Put the visitor on hold, or go on",
              body=payloads.HoldBody, answer=payloads.Visit, also=(409,)),
        Route("PUT", f"{base}/tags", "tagVisit", tag, handling, "Set its tags", body=payloads.TagsBody,
              answer=payloads.Visit),
        Route("POST", f"{base}/case", "makeCaseOfVisit", make_case, handling,
              "Make a service case of it, with people who can help", body=payloads.MakeCaseBody, answer=payloads.Visit,
              also=(409,)),
        Route("PATCH", f"{base}/visitor", "nameVisitor", name_visitor, handling, "Write down who the visitor is",
              body=payloads.VisitorDataBody, answer=payloads.Visit),
        Route("GET", "/desk/colleagues", "listColleagues", colleagues, right, "To whom visits may be handed",
              answer=payloads.Colleagues),
        Route("GET", "/desk/supervision", "getSupervision", look, "visits.supervise",
              "The projects one supervises, live: agents, visits, and what keeps whom from being asked",
              answer=supervision_payloads.Supervision),
        Route("POST", f"{base}/listen", "listenToVisit", listen, "visits.supervise",
              "Listen to a visit unseen, whisper to its agent, or join it", body=supervision_payloads.SuperviseBody, answer=supervision_payloads.Supervised,
              also=(409,)),
    ]  # fmt: skip
