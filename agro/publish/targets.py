"""Where we may send: never into our own network, whatever a name resolves to.

The address that was checked is the one that is called: between the check and the call a name
could be given another.

References
----------
[1] OWASP, Server-Side Request Forgery Prevention Cheat Sheet.
[2] IANA IPv4 and IPv6 Special-Purpose Address Registries (`ipaddress.is_global`).
"""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_VALUE = re.compile(r"[\x20-\x7e]*")
_OURS: Final = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "link"}
)
_NAT64 = IPv6Network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}


class TargetError(Exception):
    """A place that we do not send to; its text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: the address that is called, and the name that it is called by."""

    url: str
    host: str
    name: str


def check_address(url: str) -> SplitResult:
    """An address that may be subscribed: http or https, a host, and no user in it.

    Raises
    ------
    ValueError  It is none.
    """
    found = urlsplit(url)
    if found.scheme not in _PORTS or not found.hostname:
        raise ValueError(f"{url[:80]!r} is no http or https address with a host")
    if found.username is not None or found.password is not None:
        raise ValueError("an address with a user in it is refused; use receiverInfo")
    if found.port == 0:
        raise ValueError("port 0 is none")
    return found


def check_header(name: str, value: str) -> None:
    """A header that a subscriber may want.

    Raises
    ------
    ValueError  It is none, or one that is ours to set.
    """
    if not _HEADER.fullmatch(name) or not _VALUE.fullmatch(value):
        raise ValueError(f"{name[:40]!r} is no header, or its value has other than plain signs")
    if name.lower() in _OURS:
        raise ValueError(f"the header {name} is set by us")


def target(url: str, *, allow_private: bool) -> Target:
    """The place to send to, resolved and checked.

    Raises
    ------
    TargetError  It cannot be resolved, or lies in a network that is nobody else's.
    """
    parts = check_address(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetError(f"unreachable: {host} cannot be resolved") from error
    addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not addresses:
        raise TargetError(f"unreachable: {host} has no address")
    private = [one for one in addresses if not is_public(one)]
    if private and not allow_private:
        raise TargetError(
            f"refused: {host} is {private[0]}, in a private network; "
            "AGRO_NOTIFY_PRIVATE=true allows it"
        )
    address = addresses[0]
    called = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    url = urlunsplit(parts._replace(netloc=f"{called}:{port}", fragment=""))
    return Target(url, parts.netloc, host)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is somebody's on the Internet [2]; one hidden in another counts."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None,))[-1]
        if inner is not None:
            return is_public(inner)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast
