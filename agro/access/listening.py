"""Who may reach the server: without accounts, nobody but the machine itself."""

from sqlalchemy.exc import SQLAlchemyError

from agro.config import Settings
from agro.errors import AgroError, StoreError
from agro.store import open_store
from agro.store.access import users

_ADD = "add an account with `agro user add EMAIL --role operator`"


def refusal(told: Settings, *, has_accounts: bool) -> str:
    """Why the server may not listen where it is told to; empty where it may."""
    if told.is_loopback or has_accounts:
        return ""
    return (
        f"AGRO_HOST is {told.host}, which other machines can reach, and nobody has an account: "
        f"{_ADD}, or leave AGRO_HOST out to serve this machine alone"
    )


def half_provider(told: Settings) -> str:
    """Which settings of a provider are missing beside others; empty where all or none is there.

    With half of them nobody would be led to it, and nobody would know why.
    """
    asked = {
        "AGRO_OIDC_METADATA_URL": told.oidc_metadata_url,
        "AGRO_OIDC_CLIENT_ID": told.oidc_client_id,
        "AGRO_OIDC_CLIENT_SECRET": told.oidc_client_secret.get_secret_value(),
    }
    missing = [name for name, value in asked.items() if not value]
    if not missing or len(missing) == len(asked):
        return ""
    there = next(name for name, value in asked.items() if value)
    return f"{there} is set without {' and '.join(missing)}: set all three, or none"


def notice(told: Settings, *, has_accounts: bool) -> str:
    """What an operator should know about who can reach the server; empty where all is said."""
    if has_accounts:
        return ""
    provider = "" if told.has_provider else " and no OpenID Connect provider"
    return (
        f"there are no accounts{provider}: the server listens on this machine only ({told.host}) "
        f"and whoever sits at it may do everything; {_ADD} to change that"
    )


def accounts_of(database: str) -> bool:
    """Whether a store has an account.

    Raises
    ------
    StoreError, SQLAlchemyError  The store cannot be read.
    """
    engine = open_store(database)
    try:
        with engine.connect() as c:
            return users.any_user(c)
    finally:
        engine.dispose()


def check(told: Settings) -> str:
    """Let a server listen where it is told to; the notice for its operator.

    A store that is away lets nobody in, so a server may wait for it.

    Raises
    ------
    AgroError  Other machines could reach a server without accounts, or a provider is half set.
    """
    if why := half_provider(told):
        raise AgroError(why)
    try:
        has_accounts = accounts_of(told.database)
    except (StoreError, SQLAlchemyError):
        return ""
    if why := refusal(told, has_accounts=has_accounts):
        raise AgroError(why)
    return notice(told, has_accounts=has_accounts)
