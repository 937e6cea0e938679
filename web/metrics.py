"""/metrics in Prometheus' text format, for loopback or whoever shows CENTRALA_METRICS_TOKEN."""

import hmac
import ipaddress
import resource
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from core.errors import Refusal, SignInRequired
from core.settings import Settings
from web.client_address import ClientAddress

Numbers = Mapping[str, float]
Source = Callable[[], Awaitable[Numbers]]


class Metrics:
    """Collects numbers from named sources when it is asked."""

    def __init__(
        self, settings: Settings, sources: list[Source], refuse: Callable[[web.Request, Refusal], web.Response]
    ) -> None:
        self._refuse = refuse
        self._token = settings.metrics_token.get_secret_value()
        self._addresses = ClientAddress(settings.trusted_proxies)
        self._sources = sources

    async def answer(self, request: web.Request) -> web.Response:
        """Return all numbers, or a refusal for strangers."""
        if not self._may(request):
            return self._refuse(request, SignInRequired("accounts.sign_in_required"))
        lines = []
        for source in (_process, *self._sources):
            for name, value in (await source()).items():
                lines.append(f"centrala_{name} {value:.17g}")
        return web.Response(text="\n".join(sorted(lines)) + "\n", headers={"Content-Type": "text/plain; version=0.0.4"})

    def _may(self, request: web.Request) -> bool:
        scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
        if self._token and scheme.lower() == "bearer" and hmac.compare_digest(shown.encode(), self._token.encode()):
            return True
        # A proxy on this machine also comes from loopback: whoever was forwarded is not.
        if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP")):
            return False
        try:
            return ipaddress.ip_address(self._addresses.of(request)).is_loopback
        except ValueError:
            return False


async def _process() -> Numbers:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "process_cpu_seconds_total": usage.ru_utime + usage.ru_stime,
        "process_max_resident_bytes": float(usage.ru_maxrss * 1024),
    }
