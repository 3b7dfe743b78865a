"""Accounts, their sessions, keys of programs, and who wrote what.

`user` and `session` are words of SQL itself, so the tables are of the application by name.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Table, Text, false

from agro.store.schema.base import id_, metadata, owner, text

app_user = Table(
    "app_user",
    metadata,
    id_(),
    Column("email", Text, nullable=False, unique=True),  # in small letters
    text("name"),
    Column("roles", JSON, nullable=False),  # farmer, researcher, official, operator
    Column("sites", JSON, nullable=False),  # the own ones by slug; `*`: every one
    text("password_hash"),  # Argon2id; empty: a provider vouches for them
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("created_at", BigInteger, nullable=False),
)

app_session = Table(
    "app_session",
    metadata,
    id_(),
    Column("token_hash", Text, nullable=False, unique=True),  # SHA-256
    owner("app_user"),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Index("ix_app_session_app_user_id", "app_user_id"),
)

api_key = Table(
    "api_key",
    metadata,
    id_(),
    Column("name", Text, nullable=False, unique=True),
    Column("prefix", Text, nullable=False, unique=True),  # the open part, by which it is found
    Column("key_hash", Text, nullable=False),  # Argon2id of the whole
    Column("scopes", JSON, nullable=False),
    text("site"),  # empty: any
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger),
    Column("revoked_at", BigInteger),  # NULL: it opens
)

# A row for each write of a person, in the transaction of the write. Names, not numbers: it
# outlives the account and the site it tells of.
audit = Table(
    "audit",
    metadata,
    id_(),
    Column("at", BigInteger, nullable=False),
    text("who"),
    Column("action", Text, nullable=False),
    text("site"),
    Column("what", JSON, nullable=False),
    Index("ix_audit_at", "at"),
    Index("ix_audit_site_at", "site", "at"),
)
