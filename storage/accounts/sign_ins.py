"""Sign-ins (an e-mail and a password, apart from any organisation) and the tokens that set a password."""

from dataclasses import asdict, dataclass

from sqlalchemy import ForeignKeyConstraint, Index, Table, UniqueConstraint, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.folding import fold_email
from storage.accounts.browsers import forget_browsers
from storage.engine.database import Transaction
from storage.engine.schema import id_column, metadata, one_of, text_column, time_column

sign_ins = Table(
    "sign_ins",
    metadata,
    id_column(),
    text_column("email"),
    text_column("email_folded"),
    text_column("password_hash", nullable=True),
    time_column("created_at_ms"),
    UniqueConstraint("email_folded"),
)

password_tokens = Table(
    "password_tokens",
    metadata,
    id_column("token_hash"),
    text_column("sign_in_id"),
    text_column("purpose"),
    time_column("expires_at_ms"),
    ForeignKeyConstraint(["sign_in_id"], ["sign_ins.id"]),
    Index("ix_password_tokens_sign_in", "sign_in_id"),
    one_of("purpose", ("invitation", "forgotten")),
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """An e-mail address and its password. No password: nobody can sign in with it yet."""

    id: str
    email: str
    password_hash: str | None
    created_at_ms: int


_FIELDS = (sign_ins.c.id, sign_ins.c.email, sign_ins.c.password_hash, sign_ins.c.created_at_ms)


def add_sign_in(tx: Transaction, sign_in: SignIn) -> tuple[SignIn, bool]:
    """Store a sign-in unless its address has one; return the address's sign-in, and whether it is the new one.

    Two transactions that add the same address at once get one sign-in: the later waits for the earlier to end.
    """
    found = find_sign_in_by_email(tx, sign_in.email)
    if found is not None:
        return found, False
    values = {**asdict(sign_in), "email_folded": fold_email(sign_in.email)}
    adding = (postgresql if tx.postgres else sqlite).insert(sign_ins).values(values)
    tx.run(adding.on_conflict_do_nothing(index_elements=["email_folded"]))
    stored = find_sign_in_by_email(tx, sign_in.email)
    assert stored is not None, "sign-ins are never deleted"
    return stored, stored.id == sign_in.id


def find_sign_in(tx: Transaction, sign_in_id: str) -> SignIn | None:
    """Return a sign-in, or None."""
    row = tx.first(select(*_FIELDS).where(sign_ins.c.id == sign_in_id))
    return SignIn(*row) if row else None


def find_sign_in_by_email(tx: Transaction, email: str) -> SignIn | None:
    """Return the sign-in of an address, however it is written, or None."""
    row = tx.first(select(*_FIELDS).where(sign_ins.c.email_folded == fold_email(email)))
    return SignIn(*row) if row else None


def set_password_hash(tx: Transaction, sign_in_id: str, password_hash: str) -> None:
    """Store a new password; open tokens that could set another one are gone, and no browser is known any more."""
    tx.run(update(sign_ins).where(sign_ins.c.id == sign_in_id).values(password_hash=password_hash))
    tx.run(delete(password_tokens).where(password_tokens.c.sign_in_id == sign_in_id))
    forget_browsers(tx, sign_in_id)


def add_password_token(tx: Transaction, token_hash: str, sign_in_id: str, purpose: str, expires_at_ms: int) -> None:
    """Store the hash of a token that may set a password; tokens past their time go, and earlier forgotten ones.

    Of the mails about a forgotten password only the newest works. Invitations may come from several organisations.
    """
    tx.run(delete(password_tokens).where(password_tokens.c.expires_at_ms < tx.now_ms))
    if purpose == "forgotten":
        earlier = (password_tokens.c.sign_in_id == sign_in_id) & (password_tokens.c.purpose == purpose)
        tx.run(delete(password_tokens).where(earlier))
    tx.run(
        insert(password_tokens).values(
            token_hash=token_hash, sign_in_id=sign_in_id, purpose=purpose, expires_at_ms=expires_at_ms
        )
    )


def find_password_token(tx: Transaction, token_hash: str) -> str | None:
    """Return the sign-in of a token that still works, or None; the token goes on working."""
    row = tx.first(
        select(password_tokens.c.sign_in_id).where(
            password_tokens.c.token_hash == token_hash, password_tokens.c.expires_at_ms >= tx.now_ms
        )
    )
    return str(row[0]) if row else None


def take_password_token(tx: Transaction, token_hash: str) -> str | None:
    """Use up a token; return its sign-in, or None when it is unknown, used or late."""
    row = tx.first(
        delete(password_tokens)
        .where(password_tokens.c.token_hash == token_hash)
        .returning(password_tokens.c.sign_in_id, password_tokens.c.expires_at_ms)
    )
    return str(row[0]) if row and row[1] >= tx.now_ms else None
