"""Files of conversations in the server."""

from accounts.parts import Accounts
from conversations.files.checks import CHECK_FILE
from conversations.files.parts import ConversationFiles, make_files
from conversations.files.uploads import EXPIRED_UPLOAD
from conversations.parts import Conversations
from server.domain import Domain, Made
from server.ground import Ground
from storage.engine.job_kinds import JobKind
from storage.unused_blobs import UNUSED_BLOB
from web.api.conversations.files import conversation_file_routes
from web.api.conversations.uploads import upload_routes
from web.route import Route


def _make(ground: Ground, made: Made) -> ConversationFiles:
    return make_files(
        ground.settings,
        ground.clock,
        ground.database,
        ground.blobs,
        made[Conversations].posting,
        ground.outsiders,
        ground.wake,
    )


def _routes(_: Ground, made: Made) -> list[Route]:
    files = made[ConversationFiles]
    return [
        *upload_routes(files.uploads),
        *conversation_file_routes(files.files, made[Accounts].file_links),
    ]


def _jobs(made: Made) -> list[JobKind]:
    files = made[ConversationFiles]
    return [
        JobKind(CHECK_FILE, "outward", files.checks.run),
        JobKind(EXPIRED_UPLOAD, "media", files.uploads.run_expired),
        JobKind(UNUSED_BLOB, "media", files.unused.run),
    ]


DOMAIN = Domain(
    ConversationFiles,
    _make,
    routes=_routes,
    jobs=_jobs,
    closes=lambda made: [made[ConversationFiles].uploads.close],
)
