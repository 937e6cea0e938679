"""The three states of a caller (CC-220): somebody is free, all are busy, nobody is there."""

from typing import Literal

Voice = Literal["ring", "hold", "voicemail"]


def voice_state(*, free: int, online: int, answered: bool = False) -> Voice:
    """Return what a caller hears: the greeting and then ringing, hold music with their place, or the voicemail.

    free      agents who fulfil all nine factors
    online    agents who fulfil the first eight
    answered  somebody talked with the caller already: music until the next one takes over
    """
    if answered:
        return "hold" if online > 0 else "voicemail"
    if free > 0:
        return "ring"
    return "hold" if online > 0 else "voicemail"
