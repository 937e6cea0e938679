"""Fixtures of the media engine's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from rtc.channel.media_channel import MediaChannel
from rtc.config import MediaConfig
from rtc.workers.workers import start_workers


@pytest.fixture
async def worker_channel() -> AsyncIterator[MediaChannel]:
    """One media worker in a child process on a free loopback port."""
    channel = await start_workers(MediaConfig(workers=1))
    yield channel
    await channel.close()


@pytest.fixture
async def local_channel() -> AsyncIterator[MediaChannel]:
    """The engine in this process."""
    channel = await start_workers(MediaConfig(workers=0))
    yield channel
    await channel.close()
