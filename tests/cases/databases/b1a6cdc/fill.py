"""Fill a server of revision b1a6cdc with everything it can store, kill it, and keep its database: see ../README.md.

Run from a checkout of that revision, whose code it uses throughout: PYTHONPATH=. python .../b1a6cdc/fill.py TARGET
"""

import argparse
import asyncio
import subprocess
import tempfile
from pathlib import Path

from fill_accounts import open_first, open_second
from fill_boards import fill_boards
from fill_calls import fill_calls, leave_film_half_made, miss_call, ring, run_call
from fill_desk import fill_settings, fill_visits, leave_visits_open, offer_that_expires
from fill_talks import fill_talks, wait_for_scanner
from firm import ADMIN, PASSWORD
from keep import demand_full, empty, keep_files, keep_known, keep_postgres, keep_sqlite

from tests.support.clamd import Clamd
from tests.support.databases import PostgresCluster
from tests.support.server import ROOT, Server

REVISION = "b1a6cdc"
SETTINGS = {
    "CENTRALA_ADMIN_EMAIL": ADMIN,
    "CENTRALA_ADMIN_PASSWORD": PASSWORD,
    "CENTRALA_OUTWARD_NETWORKS": "127.0.0.1",
    "CENTRALA_UPLOAD_HOURS": "87600",
    "CENTRALA_RATE_GUEST_BURST": "100",
    "CENTRALA_RATE_SIGN_IN_BURST": "100",
    # Short at first, for what only time brings about.
    "CENTRALA_OFFER_S": "3",
    "CENTRALA_RING_S": "3",
    "CENTRALA_VISITOR_GRACE_S": "2",
}
PATIENT = dict.fromkeys(("CENTRALA_OFFER_S", "CENTRALA_RING_S", "CENTRALA_VISITOR_GRACE_S"), "600")


async def fill(server: Server, scanner: Clamd) -> dict[str, object]:
    """Do everything; the server runs before and after."""
    firm = await open_first(server)
    other = await open_second(server, firm)
    await fill_talks(firm)
    await fill_boards(firm)
    await fill_settings(firm)
    await offer_that_expires(firm)
    await miss_call(firm)
    # As an operator would: stopped, set otherwise, started again.
    server.stop()
    server.environment |= PATIENT
    server.start()
    for one in (firm, other):
        await one.reconnect()
    await fill_calls(firm)
    await fill_visits(firm)
    await run_call(firm)
    await ring(other)
    await leave_visits_open(firm)
    scanner.stop()
    await wait_for_scanner(firm)
    await leave_film_half_made(firm)
    server.kill()
    for one in firm.open:
        await one.close()
    for one in (firm, other):
        await one.close()
    people = [*firm.people.values(), *other.people.values()]
    sign_ins = [{"email": one.email, "role": one.role} for one in people]
    return firm.known | {"reader": firm["ewa"].email, "revision": REVISION, "password": PASSWORD, "sign_ins": sign_ins}


def run(store: str, cluster: PostgresCluster, target: Path) -> None:
    """Fill one store and keep it."""
    with tempfile.TemporaryDirectory(prefix=f"centrala-{store}-") as folder:
        scanner = Clamd(Path(folder) / "clamd").start()
        settings = {**SETTINGS, "CENTRALA_CLAMD": scanner.address}
        url = cluster.create() if store == "postgres" else ""
        server = Server(Path(folder), environment=settings | ({"CENTRALA_DATABASE_URL": url} if url else {}))
        try:
            known = asyncio.run(fill(server.start(), scanner))
        except BaseException:
            print(server.output()[-6000:])
            raise
        finally:
            server.stop()
            scanner.stop()
        path = server.data_dir / "centrala.sqlite3"
        demand_full(url or f"sqlite:///{path}")
        if url:
            keep_postgres(url, target)
        else:
            keep_sqlite(path, target)
        keep_files(server.data_dir, store, target)
        keep_known(known, store, target)
        for problem in server.tracebacks():
            print(problem)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("target", type=Path, help="folder for the dumps, new or empty")
    parser.add_argument("--only", choices=("sqlite", "postgres"), help="one store alone")
    arguments = parser.parse_args()
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True)
    if not revision.stdout.startswith(REVISION):
        raise SystemExit(f"This is {revision.stdout[:7]}; run it from a checkout of {REVISION}.")
    target = empty(arguments.target)
    cluster = PostgresCluster()
    try:
        for store in (arguments.only,) if arguments.only else ("sqlite", "postgres"):
            run(store, cluster, target)
    finally:
        cluster.close()


if __name__ == "__main__":
    main()
