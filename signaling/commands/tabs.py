"""The socket command of a page that goes away."""

from accounts import socket_payloads as payloads
from signaling.attendance import Attendance
from signaling.commands.row import EVERYBODY, Row
from signaling.connections import Connection


def tab_rows(attendance: Attendance) -> dict[str, Row]:
    """Return its row."""

    async def close(connection: Connection, _: payloads.TabClosing) -> None:
        connection.closing = True
        attendance.go(connection)

    return {"tab:closing": Row(close, EVERYBODY)}
