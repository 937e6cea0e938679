"""What is said of who has a visit open."""

from core.payloads import Body, CommandTable, EventTable, Id, View


class VisitReference(Body):
    """`visit:look`, again every ten seconds; `visit:leave`."""

    visit_id: Id


class VisitLooked(View):
    """`visit:looked`: to others who have the visit open: somebody looks at it, too, or not any more; forgotten after 25 s."""

    visit_id: str
    person_id: str
    name: str
    looking: bool


COMMANDS: CommandTable = {
    "visit:look": (VisitReference, None),
    "visit:leave": (VisitReference, None),
}


EPHEMERAL_EVENTS: EventTable = {"visit:looked": VisitLooked}
