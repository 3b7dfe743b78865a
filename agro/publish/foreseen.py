"""The newest weather forecast of each garden as NGSI-LD entities, one for each day.

References
----------
[1] Smart Data Models, dataModel.Weather: WeatherForecast.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from math import isfinite, nan
from typing import Any

from sqlalchemy import Connection

from agro.publish.entities import Entity, attributes, lies_at, points_to, says, timestamp
from agro.publish.place import Register
from agro.publish.urn import farm, urn
from agro.records import Site
from agro.store import feeds, weather


def forecasts(c: Connection, here: Register) -> Iterator[Entity]:
    """Today and the days to come, as each garden's newest forecast has them."""
    terms: dict[str, feeds.Terms] = {}
    for site in here.gardens:
        found = weather.forecast(c, site.slug, here.at)
        if found is None:
            continue
        frame, issued_at, source = found
        if source not in terms:
            terms |= {one.source: one for one in feeds.terms(c, site.slug, source)}
        for row in frame.reset_index().to_dict("records"):
            if row["day"] >= here.today:
                told = {str(name): value for name, value in row.items()}
                yield _day(here, site, issued_at, told, source, terms.get(source))


def _day(
    here: Register,
    site: Site,
    issued_at: datetime,
    row: Mapping[str, Any],
    source: str,
    terms: feeds.Terms | None,
) -> Entity:
    day: date = row["day"]
    start, end = (timestamp(one) for one in here.day(day))
    city = here.city.slug
    return Entity(
        urn("WeatherForecast", city, site.slug, day.isoformat()),
        "WeatherForecast",
        attributes(
            location=lies_at(site.latitude, site.longitude),
            dataProvider=says(terms.attribution if terms else here.city.name),
            license=says(terms.licence if terms else None),
            source=says(source),
            refPointOfInterest=points_to(farm(city, site.slug)),
            dateIssued=says(timestamp(issued_at)),
            validFrom=says(start),
            validTo=says(end),
            validity=says(f"{start}/{end}"),
            dayMinimum=says(_extremes(row["tmin"], row["rh_min"])),
            dayMaximum=says(_extremes(row["tmax"], row["rh_max"])),
            temperature=says(row["tmean"], unit="CEL"),
            relativeHumidity=says(_share(row["rh_mean"]), unit="C62"),
            windSpeed=says(row["wind_2m"], unit="MTS"),
            precipitation=says(row["rain"], unit="MMT"),
            precipitationProbability=says(row["rain_chance"], unit="C62"),
        ),
        issued_at,
    )


def _share(percent: float) -> float:
    return min(max(percent / 100.0, 0.0), 1.0) if isfinite(percent) else nan


def _extremes(temperature: float, humidity: float) -> dict[str, float]:
    """The least or the most of a day: °C, and humidity as a share."""
    told = {"temperature": temperature, "relativeHumidity": _share(humidity)}
    return {name: round(value, 6) for name, value in told.items() if isfinite(value)}
