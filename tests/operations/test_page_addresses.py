"""Every page of the front end is a page to the server too: its address answers 200 when it is opened by itself."""

import re

from server.domains import DOMAINS
from tests.support.server import ROOT
from web.pages import known_addresses

_ROUTE = re.compile(r"const (\w+) = createRoute\(\{\s*getParentRoute: \(\) => (\w+),\s*(?:path: \"([^\"]*)\")?")
_SOURCE = ROOT / "web/ui/src"
_KNOWN = known_addresses(page for domain in DOMAINS for page in domain.pages)


def addresses() -> list[str]:
    """Give the addresses of the front end's routes, with an id for each parameter."""
    files = [_SOURCE / "app/router.tsx", *_SOURCE.glob("*/routes.ts")]
    paths = {name: (parent, path) for file in files for name, parent, path in _ROUTE.findall(file.read_text())}

    def whole(name: str) -> str:
        if name not in paths:
            return ""
        parent, path = paths[name]
        return f"{whole(parent).rstrip('/')}/{path.strip('/')}" if path else whole(parent)

    filled = (re.sub(r"\$\w+", "01a21fca-c33c-7b6a-9a0c-7b6cb11d2891", whole(name) or "/") for name in paths)
    return sorted({path.rstrip("/") or "/" for path in filled})


def test_every_route_of_the_front_end_is_known_to_the_server() -> None:
    known = addresses()
    assert len(known) > 25 and "/desk/01a21fca-c33c-7b6a-9a0c-7b6cb11d2891" in known, known
    assert [path for path in known if not _KNOWN.match(path)] == []


def test_other_addresses_are_no_pages() -> None:
    for path in ("/desk/a/b", "/settings/nothing", "/homes", "/api", "/desk/a.b"):
        assert not _KNOWN.match(path), path
