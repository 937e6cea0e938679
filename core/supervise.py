"""Background tasks, by name: the only place that starts one."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger("centrala.supervise")


class Supervisor:
    """Owns the background tasks of one process and ends them in order.

    A task that fails is logged with its name; a task started with `keep` is started again,
    after a pause that doubles up to 30 s.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run work once in the background under a name."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def keep(self, name: str, make: Callable[[], Coroutine[Any, Any, Any]]) -> asyncio.Task[Any]:
        """Run make() again and again for as long as the process lives; meant for endless loops."""
        return self.start(name, self._kept(name, make))

    async def close(self) -> None:
        """Cancel all tasks and wait until each has ended."""
        self._closing = True
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _kept(self, name: str, make: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        pause_s = 0.5
        while not self._closing:
            began = asyncio.get_running_loop().time()
            try:
                await make()
                return
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("task %s failed; starting it again in %.1f s", name, pause_s)
            if asyncio.get_running_loop().time() - began > 60:
                pause_s = 0.5
            await asyncio.sleep(pause_s)
            pause_s = min(30.0, pause_s * 2)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("task %s failed", task.get_name(), exc_info=task.exception())
