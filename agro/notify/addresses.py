"""The channels that a person may choose, what each asks, and the address that is made of it.

A channel is named by what people call it; its address is as Apprise writes it. `mail://reader` is
our own: the house's mail server (`AGRO_MAIL_URL`) writes to that reader.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote, unquote, urlsplit

HOUSE = "mail"


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of a channel; a secret is typed unseen and never shown again."""

    name: str
    default: str = ""
    is_secret: bool = False
    is_needed: bool = True


CHANNELS: Mapping[str, tuple[Asked, ...]] = MappingProxyType(
    {
        "email": (Asked("reader"),),
        "ntfy": (
            Asked("topic"),
            Asked("server", "ntfy.sh"),
            Asked("token", is_secret=True, is_needed=False),
        ),
        "own_mail": (
            Asked("reader"),
            Asked("server"),
            Asked("user", is_needed=False),
            Asked("password", is_secret=True, is_needed=False),
        ),
        "matrix": (Asked("server", "matrix.org"), Asked("token", is_secret=True), Asked("room")),
        "free_mobile": (Asked("account"), Asked("key", is_secret=True)),
        "twilio": (
            Asked("account"),
            Asked("token", is_secret=True),
            Asked("sender"),
            Asked("phone"),
        ),
        "vonage": (
            Asked("key"),
            Asked("secret", is_secret=True),
            Asked("sender"),
            Asked("phone"),
        ),
        "other": (Asked("address", is_secret=True),),
    }
)
"""Channel → what it asks, in the order in which it is asked."""

_NAMED: Mapping[str, str] = MappingProxyType(
    {
        HOUSE: "email",
        "mailto": "email",
        "mailtos": "email",
        "ntfy": "ntfy",
        "ntfys": "ntfy",
        "matrix": "matrix",
        "matrixs": "matrix",
        "freemobile": "free_mobile",
        "twilio": "twilio",
        "vonage": "vonage",
    }
)


def missing(channel: str, told: Mapping[str, str]) -> list[str]:
    """The fields that a channel needs and that were left empty."""
    return [one.name for one in CHANNELS[channel] if one.is_needed and not _of(told, one.name)]


def address(channel: str, told: Mapping[str, str]) -> str:
    """The address of a channel, of what was told in its fields.

    Raises
    ------
    ValueError  There is no such channel, or a field that it needs is empty.
    """
    if channel not in CHANNELS:
        raise ValueError(f"no channel {channel!r}; it is one of {', '.join(CHANNELS)}")
    if gaps := missing(channel, told):
        raise ValueError(f"channel {channel}: {', '.join(gaps)} is empty")
    safe = {one.name: quote(_of(told, one.name), safe="") for one in CHANNELS[channel]}
    if channel == "own_mail":
        return _own_mail(safe, _host(_of(told, "server")))
    if channel in ("ntfy", "matrix"):
        scheme, host = _server(_of(told, "server"))
        opens = f"{safe['token']}@" if safe["token"] else ""
        room = safe["topic"] if channel == "ntfy" else safe["room"]
        return f"{channel}{scheme}://{opens}{host}/{room}"
    written = {
        "email": "{house}://{reader}",
        "free_mobile": "freemobile://{account}@{key}",
        "twilio": "twilio://{account}:{token}@{sender}/{phone}",
        "vonage": "vonage://{key}:{secret}@{sender}/{phone}",
    }
    if channel == "other":
        return _of(told, "address")
    return written[channel].format(house=HOUSE, **safe | _numbers(told))


def _own_mail(safe: Mapping[str, str], host: str) -> str:
    reader, user = safe["reader"], safe["user"]
    sender = user if quote("@", safe="") in user else reader
    if not user:
        return f"mailto://{host}?from={sender}&to={reader}&mode=insecure"
    return f"mailtos://{user}:{safe['password']}@{host}?from={sender}&to={reader}"


def _numbers(told: Mapping[str, str]) -> dict[str, str]:
    """Telephone numbers as their services write them: without spaces, points or brackets."""
    kept = str.maketrans("", "", " .-()/")
    return {name: _of(told, name).translate(kept) for name in ("sender", "phone")}


def _server(told: str) -> tuple[str, str]:
    """`s` where a server is asked over TLS, as it is unless told otherwise; and its host."""
    return "" if told.lower().startswith("http://") else "s", _host(told)


def _host(told: str) -> str:
    """`https://host:port/path` or `host:port` as `host:port`."""
    return quote(told.partition("://")[2] or told, safe=":/[]").partition("/")[0]


def _of(told: Mapping[str, str], name: str) -> str:
    return told.get(name, "").strip()


def kind_of(url: str) -> str:
    """What people call the channel of an address."""
    return _NAMED.get(url.partition(":")[0].lower(), "other")


def hint(url: str) -> str:
    """By what a reader knows a channel again: `a…@example.org`, `…78`, a server; no secret."""
    kind, parts = kind_of(url), urlsplit(url)
    if kind == "email":
        return next((_veiled(one) for one in _readers(url) if "@" in one), parts.hostname or "")
    if kind in ("twilio", "vonage"):
        return f"…{parts.path.strip('/')[-2:]}"
    if kind in ("ntfy", "matrix"):
        return (parts.hostname or "") if parts.path.strip("/") else ""
    return "" if kind == "free_mobile" else f"{parts.scheme}://…"


def _readers(url: str) -> Iterator[str]:
    """Where the reader of an e-mail address may stand."""
    parts = urlsplit(url)
    if parts.scheme == HOUSE:
        yield unquote(parts.netloc)
    yield unquote(parts.path.strip("/"))
    asked = (one.partition("=") for one in parts.query.split("&"))
    yield from (unquote(value) for name, _, value in asked if name == "to")
    if parts.username and parts.hostname:
        yield unquote(f"{parts.username}@{parts.hostname}")


def _veiled(reader: str) -> str:
    name, _, host = reader.rpartition("@")
    return f"{name[:1]}…@{host}"


def host_of(url: str) -> str:
    """The server that an address names itself; empty where its service is known by its name."""
    parts = urlsplit(url)
    if parts.scheme in ("ntfy", "ntfys") and not parts.path.strip("/"):
        return ""
    named = {HOUSE, "freemobile", "twilio", "vonage"}
    return "" if parts.scheme in named else (parts.hostname or "")
