"""What is said of who has a visit open."""

from core.payloads import Body, Id, View


class VisitReference(Body):
    """`visit:look`, again every ten seconds; `visit:leave`."""

    visit_id: Id


class VisitLooked(View):
    """`visit:looked`: to others who have the visit open: somebody looks at it, too, or not any more; forgotten after 25 s."""

    visit_id: str
    person_id: str
    name: str
    looking: bool


LOOKING_COMMANDS: dict[str, tuple[type[Body], type[View] | None]] = {
    "visit:look": (VisitReference, None),
    "visit:leave": (VisitReference, None),
}
