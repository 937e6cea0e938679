"""Secrets that are handed out once and kept only as a hash."""

import hashlib
import secrets


def make_secret(prefix: str) -> str:
    """Return a new secret of 256 random bits; the prefix tells people what it is for."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def hash_secret(secret: str) -> str:
    """Return what is stored of a secret (SHA-256 in hex: the secret itself is random enough)."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
