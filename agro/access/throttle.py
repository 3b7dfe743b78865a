"""How often one may try to sign in: enough for a forgetful person, too little to guess.

Tries are counted for an address, for an account, and for both together, whether the account exists
or not. They are counted in memory, before a password is looked at.
"""

import time
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_PAIR = RateLimitItemPerMinute(6, 15, "sign-in of one account from one address")
_ADDRESS = RateLimitItemPerMinute(30, 15, "sign-ins from one address")
_ACCOUNT = RateLimitItemPerMinute(60, 60, "sign-ins of one account")  # from many addresses
_IPV6_HOME = 64  # bits: one home or one server has all addresses under them


class Throttle:
    """Counts tries to sign in."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def wait_s(self, address: str, account: str) -> int:
        """Count one try; the seconds to wait when it is one too many, else 0."""
        for limit, names in _limits(address, account):
            if not self._limiter.hit(limit, *names):
                reset = self._limiter.get_window_stats(limit, *names).reset_time
                return max(1, round(reset - time.time()))
        return 0

    def succeeded(self, address: str, account: str) -> None:
        """Forget the tries of somebody who knew the password."""
        limit, names = _limits(address, account)[0]
        self._limiter.clear(limit, *names)


def _limits(address: str, account: str) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
    home = home_of(address)
    return [(_PAIR, (home, account)), (_ADDRESS, (home,)), (_ACCOUNT, (account,))]


def home_of(address: str) -> str:
    """What is counted as one address: of IPv6 the network that a home or a server has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{int(found) >> (128 - _IPV6_HOME):x}"
