"""Running the migrations in a short-lived child process, so that a server does not keep Alembic in memory."""

import subprocess
import sys


def migrate_in_child(url: str) -> None:
    """Bring the database at a SQLAlchemy URL to the newest schema; the URL goes by standard input, where nobody looks.

    raises   RuntimeError  it failed, with what was said last
    """
    finished = subprocess.run(
        [sys.executable, "-m", "storage.engine.migrate"], input=url, text=True, capture_output=True, check=False
    )
    if finished.returncode != 0:
        raise RuntimeError(f"The database could not be brought up to date:\n{finished.stderr[-4000:]}")
