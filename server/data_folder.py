"""The folder of the server's data: for its own user alone."""

import logging
import os
import stat
from pathlib import Path

from core.errors import Refusal

log = logging.getLogger("centrala.data")

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def close_folder(folder: Path) -> None:
    """Make the folder, or look at the one that is there: databases in it are closed, and an open folder is told of.

    raises   Refusal  nothing can be written there
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / ".writable"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        raise Refusal("core.data_folder", 500, folder=str(folder), reason=os.strerror(error.errno or 0)) from error
    if folder.stat().st_mode & _OTHERS:
        log.warning("other users of this machine can look into the data folder; close it: chmod 700 %s", folder)
    for path in folder.glob("*.sqlite3*"):
        mode = path.stat().st_mode
        if mode & _OTHERS:
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
