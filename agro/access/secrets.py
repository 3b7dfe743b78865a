"""Passwords, tokens and keys: made at random, kept only as hashes.

Passwords and keys are hashed with Argon2id [1] in the library's own parameters. A session's token
is 256 bits of chance, for which one SHA-256 is enough: there is nothing to guess.

[1] Biryukov, Dinu, Khovratovich, Josefsson, 2021, Argon2 Memory-Hard Function, RFC 9106.
"""

from hashlib import sha256
from secrets import token_hex, token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST_PASSWORD = 12  # signs
LONGEST_PASSWORD = 1024  # so that nobody makes us hash megabytes
_KEY = "agro"
_HASHER = PasswordHasher()


def hash_secret(text: str) -> str:
    """The Argon2id hash of a password or key, with its salt and parameters."""
    return _HASHER.hash(text)


def matches(hashed: str, text: str) -> bool:
    """Whether a hash is of this text; an empty hash is of none."""
    if not hashed or len(text) > LONGEST_PASSWORD:
        return False
    try:
        return _HASHER.verify(hashed, text)
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """What a session's cookie holds."""
    return token_urlsafe(32)


def token_hash(token: str) -> str:
    """What the store keeps of a token."""
    return sha256(token.encode()).hexdigest()


def new_key() -> tuple[str, str]:
    """A key for programs and the part of it by which it is found: `agro_1f2e3d4c_…`."""
    prefix = token_hex(4)
    return prefix, f"{_KEY}_{prefix}_{token_urlsafe(32)}"


def prefix_of(key: str) -> str:
    """The part by which a key is found; empty where it is none of ours."""
    name, _, rest = key.partition("_")
    prefix, _, secret = rest.partition("_")
    return prefix if name == _KEY and secret else ""
