"""Accounts in the server."""

from accounts import attempts, browser_mails, socket_payloads
from accounts.file_links import StoredFile
from accounts.lost_rights import Loss, access_lost, session_lost
from accounts.parts import Accounts, make_accounts
from accounts.password_mails import EXPIRED, KIND
from accounts.profile import avatar_file
from accounts.rights import Actor
from conversations.files.parts import ConversationFiles
from outward.mail import make_mailer
from server.domain import Domain, Made
from server.ground import Ground
from storage.engine.database import Transaction
from storage.engine.job_kinds import JobKind
from web.api.accounts.audit import audit_routes
from web.api.accounts.organisations import organisation_routes
from web.api.accounts.people import people_routes, profile_routes
from web.api.accounts.sessions import session_routes
from web.api.conversations.files import file_routes
from web.route import Route


def _make(ground: Ground, made: Made) -> Accounts:
    def linked_file(tx: Transaction, actor: Actor, file_id: str) -> StoredFile | None:
        return made[ConversationFiles].files.linked_file(tx, actor, file_id)

    return make_accounts(
        ground.settings,
        ground.clock,
        ground.database,
        ground.catalogue,
        ground.blobs,
        ground.pictures,
        ground.passwords,
        make_mailer(ground.settings),
        {"avatar": avatar_file, "file": linked_file},
    )


def _routes(ground: Ground, made: Made) -> list[Route]:
    accounts = made[Accounts]
    return [
        *session_routes(accounts.sign_in, ground.settings.session_days),
        *profile_routes(accounts.profile, accounts.file_links),
        *file_routes(accounts.file_links, ground.blobs),
        *people_routes(accounts.people, accounts.groups),
        *organisation_routes(accounts.organisations, accounts.api_keys),
        *audit_routes(accounts.audit, ground.catalogue),
    ]


def _jobs(made: Made) -> list[JobKind]:
    accounts = made[Accounts]
    return [
        JobKind(KIND, "outward", accounts.password_mails.run),
        JobKind(EXPIRED, "media", accounts.password_mails.forget_expired),
        JobKind(browser_mails.KIND, "outward", accounts.browser_mails.run),
        JobKind(attempts.KIND, "media", accounts.attempts.run),
    ]


DOMAIN = Domain(
    Accounts,
    _make,
    routes=_routes,
    pages=(
        "/auth/(login|forgotten|password)",
        "/profile",
        "/admin(/(people|groups|organisation|api-keys|audit))?",
        "/legal/(terms|privacy)",
    ),
    payloads=(socket_payloads,),
    jobs=_jobs,
    losses=(Loss("session:revoked", session_lost), Loss("access:changed", access_lost)),
    runs=lambda made: {"sessions that expire": made[Accounts].expiry.run},
)
