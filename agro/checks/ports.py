"""Which of our ports other machines can reach, and whether that is meant."""

from collections.abc import Iterator
from ipaddress import ip_address

import psutil

from agro.checks.record import Check, good, named, warn
from agro.config import Settings
from sensors.mqtt import Broker

_OWN = ("localhost", "127.0.0.1", "::1")


def examine_ports(told: Settings, broker: Broker | None) -> list[Check]:
    """The dashboard's port, and the broker's where it stands on this machine.

    What listens is the system's own answer; a system that does not tell it to this user is not
    judged.
    """
    try:
        found = [one.laddr for one in psutil.net_connections("tcp") if one.status == "LISTEN"]
    except psutil.AccessDenied:
        return []
    places = [(str(place[0]), int(place[1])) for place in found if len(place) == 2]
    reached = {place for place in places if not _is_own(place[0])}
    checks = list(_dashboard(told, _on(reached, told.port)))
    if broker is not None and broker.host in _OWN:
        checks += _broker(broker, _on(reached, broker.port))
    return checks or [good("open ports", "only this machine reaches ours")]


def _is_own(address: str) -> bool:
    return ip_address(address.partition("%")[0]).is_loopback


def _on(reached: set[tuple[str, int]], port: int) -> str:
    """Where this port is reached from elsewhere; empty where it is not."""
    return named(sorted(f"{address}:{there}" for address, there in reached if there == port))


def _dashboard(told: Settings, where: str) -> Iterator[Check]:
    if where and told.is_loopback:
        to_do = f"find out what listens there; AGRO_HOST is {told.host}"
        yield warn("open ports", f"{where} answers other machines", to_do)
    elif where and not told.origin.startswith("https:"):
        to_do = "put a proxy with HTTPS before it (agro/server/examples), and set AGRO_PUBLIC_URL"
        yield warn("open ports", f"{where} without HTTPS: passwords can be read on the way", to_do)
    elif where:
        yield good("open ports", f"{where}, behind {told.origin}")


def _broker(broker: Broker, where: str) -> Iterator[Check]:
    if where and not (broker.user or broker.certificate):
        to_do = "let it listen on 127.0.0.1, or give it names and TLS by agro broker-files"
        yield warn("open ports", f"the broker on {where} lets anybody in", to_do)
