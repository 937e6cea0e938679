"""FFmpeg's WHIP muxer, in a process of its own: python -m tests.rtc.whip_publisher URL SECONDS KEY=VALUE ...."""

from __future__ import annotations

import math
import struct
import sys
import time

import av

SAMPLES = 3200  # one picture's time at 15 per second
TONE = b"".join(
    struct.pack("<hh", *[int(8000 * math.sin(tick * 2 * math.pi * 450 / 48000))] * 2) for tick in range(SAMPLES)
)


def main(url: str, seconds: float, options: dict[str, str]) -> None:
    container = av.open(url, "w", format="whip", options=options)
    video = container.add_stream("libx264", rate=15, options={"tune": "zerolatency", "preset": "ultrafast", "bf": "0"})
    video.width, video.height, video.pix_fmt, video.gop_size = 640, 360, "yuv420p", 15
    video.profile = "Baseline"
    audio = container.add_stream("libopus", rate=48000, options={"frame_duration": "20"})
    audio.layout = "stereo"
    began = time.monotonic()
    for index in range(int(seconds * 15)):
        frame = av.VideoFrame(640, 360, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([index * 3 % 256]) * plane.buffer_size)
        frame.pts = index
        container.mux(video.encode(frame))
        sound = av.AudioFrame("s16", "stereo", SAMPLES)
        sound.planes[0].update(TONE)
        sound.sample_rate, sound.pts = 48000, index * SAMPLES
        container.mux(audio.encode(sound))
        time.sleep(max(0.0, began + (index + 1) / 15 - time.monotonic()))
    container.close()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), dict(argument.split("=", 1) for argument in sys.argv[3:]))
