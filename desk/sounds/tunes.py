"""The sounds callers hear where an organisation has none of its own: made here of plain tones, our own composition."""

import io
import math
import struct
import wave
from typing import Final

from storage.calls.sounds import Tune

RATE_HZ: Final = 16_000
_LEVEL: Final = 9_000
_FADE_S: Final = 0.02
# (Hz, s) one after the other; 0 Hz is silence.
_NOTES: Final[dict[Tune, tuple[tuple[float, float], ...]]] = {
    "greeting": ((523.25, 0.35), (659.25, 0.35), (783.99, 0.7), (0, 0.3)),
    # As Polish exchanges ring: 425 Hz, one second in five.
    "ringback": ((425, 1.0), (0, 4.0)),
    "hold": tuple(
        (note, 0.5)
        for chord in (
            (261.63, 329.63, 392.0),
            (220.0, 261.63, 329.63),
            (174.61, 220.0, 261.63),
            (196.0, 246.94, 293.66),
        )
        for note in (*chord, chord[1])
    ),
    "recorded": ((1400, 0.2), (0, 0.15), (1400, 0.2), (0, 0.1)),
    "voicemail": ((659.25, 0.35), (523.25, 0.7), (0, 0.4), (1000, 0.4)),
}


def make_tune(tune: Tune) -> bytes:
    """Return a tune as a WAV file: mono, 16 bit, 16 kHz."""
    samples: list[int] = []
    for pitch_hz, length_s in _NOTES[tune]:
        count, fade = int(length_s * RATE_HZ), int(_FADE_S * RATE_HZ)
        step = 2 * math.pi * pitch_hz / RATE_HZ
        for number in range(count):
            edge = min(1.0, number / fade, (count - number) / fade)
            samples.append(int(_LEVEL * edge * math.sin(number * step)) if pitch_hz else 0)
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return content.getvalue()
