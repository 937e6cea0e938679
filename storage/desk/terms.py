"""The words that the desk's tables store and its rules decide over: media, channels, directions, how agents and visits stand.

Imports nothing, so that rules know them without the database; what only tables and payloads use stands beside its table.
"""

from typing import Literal, get_args

Medium = Literal["audio", "video", "chat"]
MEDIA: tuple[Medium, ...] = get_args(Medium)
# Of calls and chats.
Direction = Literal["incoming", "outgoing", "both", "off"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

ChannelName = Literal["chat", "voice_in", "voice_out", "email", "sms", "facebook"]
CHANNELS: tuple[ChannelName, ...] = get_args(ChannelName)

AgentStatus = Literal["online", "break", "offline"]
AGENT_STATUSES: tuple[AgentStatus, ...] = get_args(AgentStatus)

VisitStateName = Literal["waiting", "offered", "accepted", "wrapping", "closed", "abandoned", "message"]
VISIT_STATES: tuple[VisitStateName, ...] = get_args(VisitStateName)
# Somebody answers, or will: the visitor is in contact.
OPEN: tuple[VisitStateName, ...] = ("waiting", "offered", "accepted")
# Why a visit came to its state.
Cause = Literal[
    "asked", "offered", "accepted", "declined", "ignored", "expired", "withdrawn", "transferred", "left", "gone",
    "wrote", "closed", "escalated", "held", "resumed", "made_case",
]  # fmt: skip
CAUSES: tuple[Cause, ...] = get_args(Cause)
