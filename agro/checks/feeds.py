"""Do outside sources answer: each source's last answer, its age, its fault and its terms."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from agro.checks.record import Check, amount, fail, good, named, span, warn
from agro.config import Settings, clock_is_simulated, settings
from agro.store import farms, feeds, report_forwards
from agro.store.feeds import Source
from sensors.feeds import (
    atmo,
    explore,
    gtfs_realtime,
    hubeau,
    meteo_france_packet,
    ngsi_ld,
    open311,
    open_meteo_ensemble,
    open_meteo_forecast,
    sensor_things,
    vigieau,
)

LATE_ROUNDS = 2  # an answer this many rounds old was missed at least once
_LEAST_LATE = timedelta(minutes=30)
_OF_CITY = frozenset(  # asked once for all
    {
        open311.KEY,
        open311.SERVICES_KEY,
        open311.NAMED_KEY,
        hubeau.KEY,
        atmo.KEY,
        ngsi_ld.KEY,
        sensor_things.KEY,
        explore.KEY,
        gtfs_realtime.KEY,
    }
)
_SLOW = {vigieau.KEY: timedelta(hours=6)}  # what is asked for more seldom
_ASKED_BY_HAND = "asked by hand only"
_REMEDIES = {
    "key_refused": "correct its key: AGRO_OPEN_METEO_KEY, AGRO_METEO_FRANCE_KEY or the like",
    "sent_on": "its address has changed, or is not its own: set the one it names, if you trust it",
    "not_found": "correct its address: AGRO_OPEN_METEO_URL, AGRO_METEO_FRANCE_URL or the like",
}
_REMEDY = "it is asked again by itself; check the network, see agro feed list"


def examine_feeds(c: Connection, at: datetime) -> list[Check]:
    """A line for each source that is configured, or was asked by hand, over all gardens.

    A demo asks nobody: its clock is not the world's.
    """
    if clock_is_simulated():
        return []
    told, gardens = settings(), {plot.site for plot in farms.plots(c)}
    known: dict[str, list[Source]] = {name: [] for name in configured(told)}
    wanted = frozenset(known)
    for one in feeds.sources(c):
        name = one.source.partition("@")[0]  # behind it stands which question it is
        if one.site in gardens or name in _OF_CITY:
            known.setdefault(name, []).append(one)
    handed_on = [_handed_on(report_forwards.counts(c))] if told.open311_forward != "none" else []
    late = max(LATE_ROUNDS * timedelta(seconds=told.feed_every), _LEAST_LATE)
    found = [
        _asked(
            name,
            rows,
            1 if name in _OF_CITY else len(gardens),
            at,
            max(late, _SLOW.get(name, late)),
        )
        if name in wanted
        else _by_hand(name, rows, at)
        for name, rows in known.items()
    ]
    return found + handed_on


def configured(told: Settings) -> tuple[str, ...]:
    """The sources that the operator consents to ask, as `agro serve` asks them."""
    names: list[str] = []
    if told.weather == "open-meteo":
        names += [open_meteo_forecast.KEY, open_meteo_ensemble.KEY]
    if told.meteo_france_key.get_secret_value():
        names.append(meteo_france_packet.KEY)
    if told.drought_orders == "vigieau":
        names.append(vigieau.KEY)
    if told.rivers or told.water_tables:
        names.append(hubeau.KEY)
    if told.air == "atmo":
        names.append(atmo.KEY)
    if told.ngsi_ld_url:
        names.append(ngsi_ld.KEY)
    if told.sensor_things_url:
        names.append(sensor_things.KEY)
    if told.car_parks_url:
        names.append(explore.KEY)
    transit = (told.transit_positions_url, told.transit_trips_url, told.transit_alerts_url)
    if any(url.get_secret_value() for url in transit):
        names.append(gtfs_realtime.KEY)
    if told.open311_url:
        names += [open311.KEY, open311.SERVICES_KEY]
    return tuple(names)


def _asked(name: str, rows: Sequence[Source], gardens: int, at: datetime, late: timedelta) -> Check:
    check = f"feed {name}"
    if not rows:
        return warn(check, "not asked yet", "start agro serve, or ask now with agro feed")
    bad = sorted((one for one in rows if _is_bad(one, at, late)), key=_answered)
    if bad:
        worst = bad[0]
        told = f"{_told(worst, at)}; {len(bad)} of {amount(len(rows), 'garden')}: "
        told += named([one.site for one in bad])
        if worst.failures:
            told += f"; {amount(worst.failures, 'try', 'tries')} failed, the last: {worst.reason}"
        return fail(check, told, _remedy(worst))
    sites = len({one.site for one in rows})
    told = f"{_told(min(rows, key=_answered), at)}, of {amount(sites, 'garden')}"
    if sites < gardens:
        unasked = f"{told}; {gardens - sites} not asked yet"
        return warn(check, unasked, "wait for the next round of agro serve, and look again")
    return good(check, told)


def _handed_on(counted: Mapping[str, int]) -> Check:
    """How reports came to the city's own system; what is in doubt is never sent again by itself."""
    told = ", ".join(f"{number} {state}" for state, number in sorted(counted.items()))
    if counted.get("doubtful") or counted.get("refused"):
        remedy = "look for them at the city's system by the name that their text ends with"
        return warn(f"feed {open311.POST_KEY}", f"reports handed on: {told}", remedy)
    return good(f"feed {open311.POST_KEY}", f"reports handed on: {told or 'none yet'}")


def _by_hand(name: str, rows: Sequence[Source], at: datetime) -> Check:
    newest = max(rows, key=_answered)
    return good(f"feed {name}", f"{_told(newest, at)}; {_ASKED_BY_HAND}")


def _is_bad(one: Source, at: datetime, late: timedelta) -> bool:
    return bool(one.failures) or one.fetched_at is None or at - one.fetched_at > late


def _answered(one: Source) -> float:
    """When it answered last, for sorting; before everything where it never did. [epoch s]"""
    return one.fetched_at.timestamp() if one.fetched_at else 0.0


def _told(one: Source, at: datetime) -> str:
    """Mode, licence, last good answer and its age."""
    terms = f"{one.mode}, {one.licence}"
    if one.fetched_at is None:
        return f"{terms}: no answer yet"
    return (
        f"{terms}: last answer {one.fetched_at:%Y-%m-%dT%H:%M:%SZ}, {span(at - one.fetched_at)} old"
    )


def _remedy(one: Source) -> str:
    if not one.failures:
        return "start agro serve; its process feeds asks"
    return _REMEDIES.get(one.reason.partition(":")[0], _REMEDY)
