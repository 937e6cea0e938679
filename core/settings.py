"""Every setting of the server: one environment variable each, checked at start."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.networks import parse_networks
from core.smtp_url import parse_smtp_url

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


# Keys that whoever asks may show again and again.
SECRET_MIN = 24


class Settings(BaseSettings):
    """Settings from the environment; docs/settings.md is generated from this class."""

    model_config = SettingsConfigDict(env_prefix="CENTRALA_", extra="ignore", env_ignore_empty=True)

    # Where it listens
    port: int = Field(
        8080, validation_alias="PORT", ge=0, le=65535, description="TCP port of the web server; 0 takes any free one."
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on; 0.0.0.0 for every interface.")
    public_url: str = Field(
        "",
        description="The address people type, e.g. https://talk.example.com. Every absolute link is built from it. Empty: http://HOST:PORT.",
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, with commas.",
    )
    tls_cert: Path | None = Field(None, description="Certificate chain (PEM) to serve TLS without a proxy.")
    tls_key: Path | None = Field(None, description="Private key (PEM) of that certificate.")
    lan: bool = Field(
        False,
        description="Serve TLS with a self-signed certificate on every interface, to try a phone in the same network (make run LAN=1).",
    )

    # Where it keeps things
    data_dir: Path = Field(Path("data"), description="Folder of the SQLite database, files, outbox and keys.")
    database_url: str = Field(
        "", description="postgresql+asyncpg://user:password@host/name, or empty for SQLite in the data folder."
    )
    redis_url: str = Field("", description="redis://host:6379/0; needed as soon as two processes serve one database.")

    # Mail
    smtp_url: str = Field(
        "",
        description="smtp://user:password@host:587 or smtps://...:465. With smtp, STARTTLS is required before a password is sent, and used where offered without one; ?starttls=always requires it, ?starttls=never forbids it (with a password on loopback alone). Empty: mails are kept in the outbox folder of the data folder.",
    )
    mail_from: str = Field(
        "", description="Sender of the server's own mails. Empty: centrala@ and the public URL's host."
    )

    # Media
    media_host: str = Field("", description="Address the media workers bind their sockets to. Empty: the same as HOST.")
    media_port: int = Field(
        8081,
        ge=0,
        le=65535,
        description="UDP and TCP port of the first media worker; worker n uses this + n. 0 takes any free one.",
    )
    media_crowd_videos: int = Field(
        0,
        ge=0,
        le=1000,
        description="How many cameras go out in a conference of more than 20 people: those of who spoke last, and pinned ones. 0: all.",
    )
    media_tcp: bool = Field(
        True,
        description="Take media over TCP at the media ports too, from people whose network lets no UDP out. Off by itself where HTTP uses the same port.",
    )
    media_advertise: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Addresses (address or address:port) told to browsers instead of the bound one, with commas: behind NAT, or several networks.",
    )
    media_workers: int = Field(
        1, ge=0, le=64, description="Media worker processes; 0 runs the engine inside the server process (tests)."
    )
    media_busy_limit: float = Field(
        0.85,
        gt=0,
        le=1,
        description="Share of one processor above which a media worker takes no new conference; above it on all of them, starting one is refused.",
    )
    media_fanout: Literal["auto", "native", "batch", "each"] = Field(
        "auto",
        description="How media packets are sent: native (C), batch or each (Python); auto takes the first this machine has.",
    )
    turn_urls: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="turn: and turns: URLs offered to people in a call, with commas."
    )
    turn_secret: SecretStr = Field(
        SecretStr(""), description="Shared secret of the TURN server (coturn: static-auth-secret)."
    )
    stun_urls: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="stun: URLs offered to browsers, with commas. Rarely needed: the media engine has a public address.",
    )

    # Secrets and first start
    operator_key: SecretStr = Field(
        SecretStr(""),
        description="Bearer key of the operator's door, which makes organisations; at least 24 letters. Empty: the door is closed.",
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Bearer token for /metrics from other hosts; at least 24 letters. Empty: loopback only.",
    )
    backup_key: SecretStr = Field(
        SecretStr(""),
        description="Key that backups are signed with, at least 24 letters; then only archives signed with it are restored. Keep it where the archives are not. Empty: unsigned.",
    )
    admin_email: str = Field(
        "", description="On an empty database: e-mail of the first administrator, instead of the demo."
    )
    admin_password: SecretStr = Field(
        SecretStr(""), description="On an empty database: password of the first administrator."
    )
    demo_file: Path | None = Field(
        None, description="On an empty database: also write the demo sign-ins to this file (JSON, mode 0600)."
    )
    password_cost: Literal["full", "cheap_for_tests"] = Field(
        "full",
        description="cheap_for_tests is for automatic tests alone: it makes hashes of passwords that protect nothing, and is refused unless the host and the public URL are this machine.",
    )

    # Files
    file_max_bytes: int = Field(2_147_483_648, gt=0, description="Largest file that can be uploaded, in bytes.")
    files_person_bytes: int = Field(
        20_000_000_000, ge=0, description="How many bytes of files one person may have in conversations. 0: any."
    )
    files_organisation_bytes: int = Field(
        200_000_000_000,
        ge=0,
        description="How many bytes of files the people of one organisation may have in conversations. 0: any.",
    )
    visitor_file_bytes: int = Field(
        20_000_000, gt=0, description="Largest file a visitor of a website can send, in bytes."
    )
    files_visitor_bytes: int = Field(
        100_000_000, ge=0, description="How many bytes of files one visitor of a website may send. 0: any."
    )
    files_disk_reserve_bytes: int = Field(
        1_000_000_000, ge=0, description="Uploads are refused when less of the disk than this would be left."
    )
    upload_hours: float = Field(
        24.0, gt=0, description="Hours an upload that was begun, or not posted, is kept after its last byte."
    )
    clamd: str = Field(
        "",
        description="ClamAV's daemon: unix:/run/clamav/clamd.ctl, or host:3310. Every file is scanned before anybody can open it; while the daemon is away, files wait. Empty: no scanning.",
    )

    # Addresses others choose
    outward_networks: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Private networks or addresses, with commas, that the server may also connect to when somebody else chose the address: push services of browsers, pages that messages link. Everything in them can then be reached by whoever may add such an address. Empty: public addresses only.",
    )

    # Real time
    ping_interval_s: float = Field(10.0, gt=0, description="Seconds between heartbeats on a socket.")
    ping_timeout_s: float = Field(5.0, gt=0, description="Seconds a heartbeat may stay unanswered.")
    grace_s: float = Field(
        10.0, ge=0, description="Seconds after a person's last socket went before the person counts as gone."
    )
    ring_s: float = Field(45.0, gt=0, description="Seconds a conference rings.")
    offer_s: float = Field(30.0, gt=0, description="Seconds a visit rings at one agent before it goes on to the next.")
    offer_pause_s: float = Field(
        10.0, gt=0, description="Seconds a visit rests when every agent was asked, before they are asked again."
    )
    visitor_grace_s: float = Field(
        60.0, gt=0, description="Seconds a visitor whose page is gone keeps a place in the queue, or an agent."
    )
    agent_grace_s: float = Field(
        30.0,
        ge=0,
        description="Seconds an agent who counts as gone keeps visits in hand; then they wait for a colleague, before all that are new.",
    )
    agent_offline_s: float = Field(
        600.0,
        ge=0,
        description="Seconds an agent who is Offline, but has a page open, keeps a visit without writing in it or talking.",
    )
    viewers_person: int = Field(
        4, ge=1, description="How many things of one person may receive a call by WHEP at once, whatever their tokens."
    )
    viewers_call: int = Field(50, ge=1, description="How many things may receive one call by WHEP at once.")
    slow_client_bytes: int = Field(
        1_000_000, gt=0, description="A client whose unsent events exceed this is cut; it catches up when it returns."
    )
    slow_client_s: float = Field(10.0, gt=0, description="A client that takes nothing for so long is cut.")

    # Limits
    rate_message_burst: int = Field(500, gt=0, description="Messages a person may send at once.")
    rate_message_per_s: float = Field(100.0, gt=0, description="Messages a person may send each second after that.")
    rate_sign_in_burst: int = Field(
        10, gt=0, description="Sign-in attempts for one e-mail, or five times as many from one address, at once."
    )
    rate_sign_in_per_minute: float = Field(10.0, gt=0, description="Sign-in attempts each minute after that.")
    rate_request_burst: int = Field(
        600, gt=0, description="API requests one credential, or one address without, may make at once."
    )
    rate_request_per_s: float = Field(100.0, gt=0, description="API requests each second after that.")
    # 200 people behind one address with three tabs each, who all come back at once, and twice over.
    rate_connect_burst: int = Field(
        1500, gt=0, description="Sockets one address may try to open at once: an office comes back after a restart."
    )
    rate_connect_per_s: float = Field(30.0, gt=0, description="Attempts to open a socket each second after that.")
    rate_event_burst: int = Field(
        200, gt=0, description="Socket commands other than messages a connection may send at once."
    )
    rate_event_per_s: float = Field(40.0, gt=0, description="Socket commands each second after that.")
    rate_guest_burst: int = Field(
        10, gt=0, description="Times guests may ask, from one address and at once, to be let into a call."
    )
    rate_guest_per_minute: float = Field(6.0, gt=0, description="Times each minute after that.")
    rate_visitor_burst: int = Field(
        30, gt=0, description="Visitors of websites, and messages they leave, taken from one address at once."
    )
    rate_visitor_per_minute: float = Field(20.0, gt=0, description="Visitors each minute after that.")
    rate_board_burst: int = Field(
        240, gt=0, description="Socket commands of whiteboards (changes, cursors) a connection may send at once."
    )
    rate_board_per_s: float = Field(60.0, gt=0, description="Socket commands of whiteboards each second after that.")
    session_days: int = Field(30, gt=0, description="Days a browser session lives without use.")

    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("trusted_proxies", "media_advertise", "turn_urls", "stun_urls", "outward_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("operator_key", "metrics_token", "backup_key")
    @classmethod
    def _check_secret(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < SECRET_MIN:
            raise ValueError(f"must have at least {SECRET_MIN} letters, or anybody may guess it: openssl rand -hex 24")
        return value

    @field_validator("outward_networks")
    @classmethod
    def _check_outward_networks(cls, value: list[str]) -> list[str]:
        parse_networks(value)
        return value

    @field_validator("clamd")
    @classmethod
    def _check_clamd(cls, value: str) -> str:
        if value and not value.startswith("unix:/"):
            host, colon, port = value.rpartition(":")
            if not colon or not host or not port.isdigit():
                raise ValueError("must look like unix:/run/clamav/clamd.ctl or 127.0.0.1:3310")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _check_smtp_url(cls, value: str) -> str:
        if value:
            parse_smtp_url(value)
        return value

    @field_validator("password_cost")
    @classmethod
    def _check_password_cost(cls, value: str, others: ValidationInfo) -> str:
        if value == "cheap_for_tests":
            host, public_url = others.data.get("host"), others.data.get("public_url") or "http://localhost"
            if others.data.get("lan") or not {host, urlsplit(public_url).hostname} <= set(_LOOPBACK):
                raise ValueError("cheap_for_tests is refused where others can reach the server")
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        if value:
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
                raise ValueError("must look like https://talk.example.com, without a path")
        return value.rstrip("/")

    @property
    def loopback_only(self) -> bool:
        """Tell whether the server can be reached from this machine alone."""
        return self.host in _LOOPBACK

    @property
    def listens_for_media_over_tcp(self) -> bool:
        """Tell whether media workers use TCP too: not where HTTP has the number of one of their ports."""
        return self.media_tcp and not 0 <= self.port - self.media_port < max(1, self.media_workers)

    @property
    def base_url(self) -> str:
        """The public address without a closing slash; every absolute URL starts with it."""
        if self.public_url:
            return self.public_url
        scheme = "https" if self.tls_cert else "http"
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def secure_cookies(self) -> bool:
        """Tell whether cookies must be Secure: the public address is https."""
        return self.base_url.startswith("https://")

    @property
    def sqlalchemy_url(self) -> str:
        """The database's URL for SQLAlchemy."""
        if self.database_url:
            url = self.database_url
            for plain in ("postgresql://", "postgres://"):
                if url.startswith(plain):
                    url = "postgresql+asyncpg://" + url.removeprefix(plain)
            return url
        return f"sqlite:///{(self.data_dir / 'centrala.sqlite3').absolute()}"
