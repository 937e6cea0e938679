"""Browsers that somebody signed in from, and attempts to sign in that were refused; both of a sign-in, apart from any organisation."""

from dataclasses import dataclass

from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, delete, insert, select, update

from core.ids import new_id
from storage.engine.database import Transaction
from storage.engine.records import columns_of
from storage.engine.schema import id_column, metadata, text_column, time_column

KEPT_REFUSALS = 20

known_browsers = Table(
    "known_browsers",
    metadata,
    text_column("sign_in_id"),
    text_column("token_hash"),
    time_column("first_seen_at_ms"),
    time_column("last_seen_at_ms"),
    ForeignKeyConstraint(["sign_in_id"], ["sign_ins.id"]),
    PrimaryKeyConstraint("sign_in_id", "token_hash"),
)

refused_sign_ins = Table(
    "refused_sign_ins",
    metadata,
    id_column(),
    text_column("sign_in_id"),
    time_column("at_ms"),
    text_column("address"),
    text_column("user_agent"),
    ForeignKeyConstraint(["sign_in_id"], ["sign_ins.id"]),
    Index("ix_refused_sign_ins_sign_in", "sign_in_id", "id"),
)


@dataclass(frozen=True, slots=True)
class RefusedSignIn:
    """Somebody tried to sign in with the e-mail and a wrong password."""

    id: str
    at_ms: int
    address: str
    user_agent: str


def is_known_browser(tx: Transaction, sign_in_id: str, token_hash: str) -> bool:
    """Tell whether the sign-in was used from the browser since its password was set."""
    statement = select(known_browsers.c.token_hash).where(
        known_browsers.c.sign_in_id == sign_in_id, known_browsers.c.token_hash == token_hash
    )
    return tx.first(statement) is not None


def has_known_browser(tx: Transaction, sign_in_id: str) -> bool:
    """Tell whether the sign-in was used from any browser since its password was set."""
    statement = select(known_browsers.c.token_hash).where(known_browsers.c.sign_in_id == sign_in_id)
    return tx.first(statement.limit(1)) is not None


def remember_browser(tx: Transaction, sign_in_id: str, token_hash: str) -> None:
    """Note that the sign-in is used from the browser now."""
    this = (known_browsers.c.sign_in_id == sign_in_id) & (known_browsers.c.token_hash == token_hash)
    if tx.run(update(known_browsers).where(this).values(last_seen_at_ms=tx.now_ms)).rowcount == 0:
        tx.run(
            insert(known_browsers).values(
                sign_in_id=sign_in_id, token_hash=token_hash, first_seen_at_ms=tx.now_ms, last_seen_at_ms=tx.now_ms
            )
        )


def forget_browsers(tx: Transaction, sign_in_id: str) -> None:
    """No browser is known any more: the password changed."""
    tx.run(delete(known_browsers).where(known_browsers.c.sign_in_id == sign_in_id))


def forget_old_browsers(tx: Transaction, sign_in_id: str, before_ms: int) -> None:
    """Forget browsers of the sign-in that were not used since a moment."""
    tx.run(
        delete(known_browsers).where(
            known_browsers.c.sign_in_id == sign_in_id, known_browsers.c.last_seen_at_ms < before_ms
        )
    )


def add_refused_sign_in(tx: Transaction, sign_in_id: str, address: str, user_agent: str) -> None:
    """Store an attempt; of each sign-in the newest are kept."""
    tx.run(
        insert(refused_sign_ins).values(
            id=new_id(), sign_in_id=sign_in_id, at_ms=tx.now_ms, address=address, user_agent=user_agent
        )
    )
    kept = (
        select(refused_sign_ins.c.id)
        .where(refused_sign_ins.c.sign_in_id == sign_in_id)
        .order_by(refused_sign_ins.c.id.desc())
        .limit(KEPT_REFUSALS)
    )
    tx.run(
        delete(refused_sign_ins).where(
            refused_sign_ins.c.sign_in_id == sign_in_id, refused_sign_ins.c.id.not_in(kept.scalar_subquery())
        )
    )


def list_refused_sign_ins(tx: Transaction, sign_in_id: str, since_ms: int) -> list[RefusedSignIn]:
    """Return the attempts since a moment, newest first."""
    columns = columns_of(
        RefusedSignIn, {name: refused_sign_ins.c[name] for name in ("id", "at_ms", "address", "user_agent")}
    )
    statement = (
        select(*columns)
        .where(refused_sign_ins.c.sign_in_id == sign_in_id, refused_sign_ins.c.at_ms >= since_ms)
        .order_by(refused_sign_ins.c.id.desc())
    )
    return [RefusedSignIn(*row) for row in tx.all(statement)]
