"""The three states of a caller (CC-220): somebody is free, all are busy, nobody is there."""

from typing import Literal

Voice = Literal["ring", "hold", "voicemail"]


def voice_state(*, free: int, online: int) -> Voice:
    """Return what a caller hears: the greeting and then ringing, hold music with their place, or the voicemail.

    free     agents who fulfil all nine factors
    online   agents who fulfil the first eight
    """
    if free > 0:
        return "ring"
    return "hold" if online > 0 else "voicemail"
