"""What the media engine is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MediaConfig:
    """Where the engine listens and under which addresses the world reaches it.

    host       address to bind; "0.0.0.0" or "::" for all
    port       UDP (and TCP) port of worker 0; worker n binds port + n; 0: any free port
    advertise  "address" or "address[:port]" ("[v6]:port"), put into every SDP as candidates; the port is worker 0's,
               worker n counts on from it; empty: the bound address, or all of the host's when bound to all
    workers    child processes; 0: the engine runs in the calling process
    busy_limit share of one processor above which a worker takes no new conference
    recordings folder for recordings; empty: there are none
    tcp        listen on TCP at the same port too, for networks without UDP
    crowd_videos  how many cameras go out in a room of more than 20 people, of those who spoke last; 0: all
    sounds     folder of the sounds that can be played; empty: there are none
    fanout     how packets are sent and read: "native", "batch", "each" or "auto" (see rtc.sending.choice)
    """

    host: str = "127.0.0.1"
    port: int = 0
    advertise: list[str] = field(default_factory=list)
    workers: int = 1
    busy_limit: float = 0.85
    recordings: str = ""
    sounds: str = ""
    fanout: str = "auto"
    tcp: bool = True
    crowd_videos: int = 0
