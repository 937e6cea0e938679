"""The socket commands of a page about itself: that it goes away, and by what time it counts."""

from accounts import socket_payloads as payloads
from core.clock import Clock
from signaling.attendance import Attendance
from signaling.commands.row import EVERYBODY, Row
from signaling.connections import Connection


def tab_rows(attendance: Attendance, clock: Clock) -> dict[str, Row]:
    """Return their rows."""

    async def close(connection: Connection, _: payloads.TabClosing) -> None:
        connection.closing = True
        attendance.go(connection)

    async def read_clock(_: Connection, __: payloads.ReadClock) -> payloads.TimeTold:
        return payloads.TimeTold(now_ms=clock.utc_ms())

    return {"tab:closing": Row(close, EVERYBODY), "clock:read": Row(read_clock, EVERYBODY)}
