"""What `agro doctor` looks at besides the store: this machine, the broker and its files."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from agro.checks import Check, examine_store
from agro.checks.record import fail, good, named, warn
from agro.cli.processes import listens
from agro.errors import StoreError

if TYPE_CHECKING:
    from agro.config import Settings
    from sensors.mqtt import Broker

_CERTIFICATE_AHEAD = timedelta(days=30)
_START_BROKER = "start it, or agro serve --with-broker"


def examine(settings: "Settings", broker_files: Path | None = None) -> list[Check]:
    """Everything, in the order in which a fault explains the next.

    Parameters
    ----------
    settings : As they stand.
    broker_files : Where `agro broker-files` wrote a broker's files, to be compared with the
        register.
    """
    return [
        _clock(settings),
        _var(settings),
        *_broker(settings),
        *_store(settings, broker_files),
        _web(settings),
        *_ports(settings),
    ]


def _clock(settings: "Settings") -> Check:
    from agro.config import now

    told = f"{now():%Y-%m-%dT%H:%M:%SZ}"
    return good("clock", f"{told}, simulated" if settings.clock else told)


def _var(settings: "Settings") -> Check:
    folder = settings.var
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if os.access(folder, os.W_OK):
        return good("folder", f"{settings.var}")
    to_do = "set AGRO_VAR to a folder of this user, or change its owner"
    return fail("folder", f"{settings.var} cannot be written to", to_do)


def _store(settings: "Settings", broker_files: Path | None) -> list[Check]:
    from agro.cli.output import store
    from agro.config import now

    try:
        with store(settings.database) as engine, engine.connect() as c:
            found = examine_store(c, now())
            if broker_files is not None:
                from agro.checks.access import examine_access

                found += examine_access(c, broker_files)
            return found
    except StoreError as error:
        to_do = "start the database, or correct AGRO_DATABASE_URL"
        return [fail("database", str(error).removesuffix("; see agro doctor"), to_do)]


def _broker(settings: "Settings") -> list[Check]:
    from agro.collect import TOPICS
    from sensors.mqtt import read_broker_url
    from sensors.probe import try_broker

    try:
        broker = read_broker_url(settings.broker)
        tried = try_broker(broker, TOPICS)
    except ValueError as error:
        return [fail("broker", str(error), "correct AGRO_BROKER_URL and its files")]
    if not tried.answers:
        return [fail("broker", f"{broker} does not answer ({tried.detail})", _START_BROKER)]
    found = _certificate(tried.expires)
    if not tried.lets_in:
        user = broker.user or "(none)"
        told = f"{broker} answers and does not let user {user} in: {tried.detail}"
        return [fail("broker", told, _remedy(broker, tried.detail)), *found]
    if tried.refused or tried.detail:
        told = f"{broker} refuses {named(tried.refused) or tried.detail}"
        return [fail("broker", told, "let the collector's user read these topics"), *found]
    return [good("broker", f"{broker} lets us in and grants {len(TOPICS)} topics"), *found]


def _remedy(broker: "Broker", detail: str) -> str:
    if "certificate" in detail:
        return "name the right authority in AGRO_BROKER_CA, and the host as in the certificate"
    if broker.user:
        return "correct user and password in AGRO_BROKER_URL (mosquitto_passwd sets them)"
    return "give user and password in AGRO_BROKER_URL; does it want TLS, mqtts://?"


def _certificate(expires: datetime | None) -> list[Check]:
    if expires is None:
        return []
    left = expires - datetime.now(UTC)
    told = f"the broker's ends on {expires:%Y-%m-%d}, in {left.days} d"
    if left > _CERTIFICATE_AHEAD:
        return [good("certificate", told)]
    return [warn("certificate", told, "renew it, and send the broker SIGHUP")]


def _web(settings: "Settings") -> Check:
    address = f"http://127.0.0.1:{settings.port}"
    if listens(settings.port):
        return good("dashboard", address)
    return warn("dashboard", f"{address} is not running", "start agro serve")


def _ports(settings: "Settings") -> list[Check]:
    from agro.checks.ports import examine_ports
    from sensors.mqtt import read_broker_url

    try:
        broker = read_broker_url(settings.broker)
    except ValueError:
        broker = None  # told on its own line
    return examine_ports(settings, broker)
