"""Sound files with a known tone in them, and which tone is heard in Opus packets that came."""

from __future__ import annotations

import array
import cmath
import io
import math
import wave

import av

RATE_HZ = 48000
_POINTS = 8192


def make_tone(
    hz: float, seconds: float, *, amplitude: int = 3000, rate_hz: int = 44100, channels: int = 1, pulse_s: float = 0
) -> bytes:
    """Return a WAV file of a sine tone.

    pulse_s   sound and silence take turns of so long: browsers take a steady tone for noise, and suppress it
    """
    samples = array.array("h")
    for at in range(int(seconds * rate_hz)):
        level = 0 if pulse_s and int(at / rate_hz / pulse_s) % 2 else amplitude
        samples.extend([int(level * math.sin(2 * math.pi * hz * at / rate_hz))] * channels)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(samples.tobytes())
    return file.getvalue()


def decode_opus(payloads: list[bytes]) -> list[float]:
    """Decode Opus packets to mono, -1..1 at 48 kHz."""
    decoder = av.CodecContext.create("opus", "r")
    decoder.sample_rate, decoder.layout = RATE_HZ, "mono"
    samples: list[float] = []
    for payload in payloads:
        for frame in decoder.decode(av.Packet(payload)):
            samples.extend(array.array("f", bytes(frame.planes[0])[: 4 * frame.samples]))
    return samples


def decode_file(content: bytes) -> list[float]:
    """Decode a sound file to mono, -1..1 at 48 kHz."""
    samples: list[float] = []
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    with av.open(io.BytesIO(content), "r") as file:
        for frame in file.decode(audio=0):
            for made in resampler.resample(frame):
                samples.extend(array.array("f", bytes(made.planes[0])[: 4 * made.samples]))
    return samples


def find_tone(samples: list[float]) -> float:
    """Return the loudest frequency of the middle of a sound, in Hz, within RATE_HZ / 8192."""
    begin = max(0, len(samples) // 2 - _POINTS // 2)
    part = samples[begin : begin + _POINTS]
    assert len(part) == _POINTS, f"only {len(samples)} samples"
    windowed = [value * (0.5 - 0.5 * math.cos(2 * math.pi * at / _POINTS)) for at, value in enumerate(part)]
    spectrum = _fft([complex(value) for value in windowed])
    loudest = max(range(1, _POINTS // 2), key=lambda at: abs(spectrum[at]))
    return loudest * RATE_HZ / _POINTS


def rms_db(samples: list[float]) -> float:
    """Return how loud a sound is, in dB below full scale."""
    return 10 * math.log10(sum(value * value for value in samples) / len(samples) + 1e-12)


def _fft(values: list[complex]) -> list[complex]:
    half = len(values) // 2
    if not half:
        return values
    even, odd = _fft(values[::2]), _fft(values[1::2])
    turned = [cmath.exp(-1j * math.pi * at / half) * odd[at] for at in range(half)]
    return [a + b for a, b in zip(even, turned, strict=True)] + [a - b for a, b in zip(even, turned, strict=True)]
