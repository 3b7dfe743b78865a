"""Whether a channel leads out of our own network, into which not everybody may send.

References
----------
[1] IANA IPv4 and IPv6 Special-Purpose Address Registries (`ipaddress.is_global`).
"""

import socket
from ipaddress import ip_address

from agro.notify.addresses import host_of


def leads_outside(url: str) -> bool:
    """Whether every address of the server that a channel names is somebody's on the Internet [1].

    A channel that names no server is its service's own; one that cannot be resolved leads nowhere.
    """
    host = host_of(url)
    if not host:
        return True
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    told = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    return bool(told) and all(one.is_global and not one.is_multicast for one in told)
