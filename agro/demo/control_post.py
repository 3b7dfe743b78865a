"""The city's control post goes on beside the stations, as a context broker would tell it.

Everything that it has is told once a minute over HTTP, and the last two days hour by hour before
that. Where the city has a broker of its own, it takes this one's place with nothing else changed.
"""

import logging
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from types import FrameType

import httpx
from sqlalchemy import Connection

from agro.config import Settings, now
from agro.demo.farm import Farm, read_farm
from agro.demo.history import DAYS, SEASON_END, SEED, world_of
from agro.packs.equipment import read_equipment
from agro.store import farms, open_store
from agro.store.city import assets
from sensors.simulated import city
from sensors.simulated.weather import Weather

log = logging.getLogger(__name__)

TELL_EVERY_S = 60
BEHIND = timedelta(hours=48)
_HOUR = timedelta(hours=1)
_REST_S = 0.15  # between two notifications, so that nobody else has to wait
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Room:
    """A control post with the weather over it."""

    farm: Farm
    post: city.ControlPost
    weather: Weather

    def bodies(self, at: datetime) -> list[bytes]:
        """The notifications that tell of everything at a time."""
        here = self.farm.city
        moment = city.moment(
            at,
            self.weather,
            latitude=here.latitude,
            longitude=here.longitude,
            zone=self.farm.zone,
        )
        return city.notifications(city.reported(self.post, moment), at)


def open_room(
    c: Connection, pack: str, *, days: int = DAYS, seed: int = SEED, until: datetime = SEASON_END
) -> Room:
    """The control post of this store's city, under the weather of its simulated season.

    Parameters
    ----------
    pack : The city's pack, by its name or folder: what there is.
    days, seed, until : As the season was filled.

    Raises
    ------
    BadInput    The pack's equipment has faults.
    StoreError  No city is in the store.
    """
    farm, communes = read_farm(c), farms.communes(c)
    towns = [
        city.Town(one.code, one.name, one.population, one.latitude, one.longitude, one.area_km2)
        for one in communes
    ]
    stocks = [
        city.Stock(one.kind, one.number, one.size, one.name, one.latitude, one.longitude)
        for one in read_equipment(pack, communes)
    ]
    post = city.make(farm.city.slug, towns, stocks, seed=seed)
    world = world_of(farm, days=days, seed=seed, until=until)
    return Room(farm, post, next(iter(world.skies.values())).weather)


class Teller:
    """Posts notifications until they are taken."""

    def __init__(self, address: str, secret: str, stop: Event) -> None:
        self._stop, self._address = stop, address
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/ld+json"}
        self._client = httpx.Client(headers=headers, timeout=_TIMEOUT_S, trust_env=False)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def tell(self, body: bytes) -> bool:
        """Whether a notification was taken before somebody said stop; one that is refused is lost.

        A server that is away, or whose database is, is told again with growing pauses.
        """
        pause = _FIRST_PAUSE_S
        while not self._stop.is_set():
            try:
                status = self._client.post(self._address, content=body).status_code
            except httpx.HTTPError as error:
                status = 0
                log.debug("the control post is not heard: %s", type(error).__name__)
            if 200 <= status < 300:
                return True
            if 400 <= status < 500:
                log.warning("a notification of the control post was refused: HTTP %d", status)
                return True
            self._stop.wait(pause)
            pause = min(2.0 * pause, _LONGEST_PAUSE_S)
        return False


def tell_on(room: Room, teller: Teller, stop: Event, since: datetime) -> None:
    """Tell the hours after `since`, then everything each minute, until `stop` is set."""
    for at in _moments(since, stop):
        for body in room.bodies(at):
            if not teller.tell(body):
                return
            stop.wait(_REST_S)


def _moments(since: datetime, stop: Event) -> Iterator[datetime]:
    """The hours that have begun since then, and then each minute as it comes."""
    at = _whole(since, 3600) + _HOUR
    while at < now() and not stop.is_set():
        yield at
        at += _HOUR
    while not stop.is_set():
        told = _whole(now(), TELL_EVERY_S)
        yield told
        stop.wait(max(0.0, TELL_EVERY_S - (now() - told).total_seconds()))


def _whole(time: datetime, step: int) -> datetime:
    """The start of the step (in s) that holds a time."""
    return datetime.fromtimestamp(int(time.timestamp()) // step * step, UTC)


def heard_until(c: Connection, at: datetime) -> datetime:
    """Up to when this store has been told, at most `BEHIND` back."""
    times = assets.latest(c)["time"]
    newest = at - BEHIND if times.empty else datetime.fromtimestamp(int(times.max()), UTC)
    return max(min(newest, at), at - BEHIND)


def control_post_main(settings: Settings, *, days: int = DAYS, seed: int = SEED) -> None:
    """Tell the server on `settings.port` until SIGTERM or SIGINT: what a child process runs.

    Raises
    ------
    StoreError  The database cannot be opened, or no city is in it.
    BadInput    The pack's equipment has faults.
    """
    stop = Event()

    def _stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    engine = open_store(settings.database)
    with engine.connect() as c:
        room = open_room(c, settings.city, days=days, seed=seed)
        since = heard_until(c, now())
    engine.dispose()
    address = f"http://127.0.0.1:{settings.port}/ngsi-ld/v1/notify"
    teller = Teller(address, settings.ngsi_ld_secret.get_secret_value(), stop)
    try:
        tell_on(room, teller, stop, since)
    finally:
        teller.close()
