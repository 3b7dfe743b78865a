"""A seeded weather generator: hours of a climate that never happened but could have.

Rain comes as a two-state Markov chain of wet and dry days with gamma amounts [1]; temperature
anomalies, humidity and wind are first-order autoregressive, and wet days are duller, cooler by
day and milder by night [2]. Hours follow the sun [3]. A longer series of the same seed begins
with the shorter one.

References
----------
[1] Richardson 1981, Stochastic simulation of daily precipitation, temperature and solar
    radiation, doi:10.1029/WR017i001p00182
[2] Wilks & Wilby 1999, The weather generation game, doi:10.1177/030913339902300302
[3] Allen et al. 1998, FAO Irrigation and Drainage Paper 56, chapter 3
"""

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from scipy import special, stats

from sensors.simulated.climate import (
    Climate,
    Floats,
    chance_of_rain,
    rain_of_a_wet_day,
    through_the_year,
)

HOUR = 3600
_WET_DAY = 1.0  # mm: from here a day counts as wet
_RAIN_PERSISTENCE = 0.25
_GAMMA_SHAPE = 0.7
_WET_SKY = 0.55  # solar radiation of a wet day, of the normal
_CLEAREST = 0.76  # of the radiation above the atmosphere
_SOLAR_SPREAD = 0.28
_TEMPERATURE_PERSISTENCE, _TEMPERATURE_SPREAD = 0.72, 3.0  # °C
_HUMIDITY_PERSISTENCE, _HUMIDITY_SPREAD, _WET_HUMIDITY = 0.5, 6.0, 10.0  # %
_WIND_SPREAD = 0.4  # of its logarithm
_COOLEST, _WARMEST = 4.5, 14.5  # solar hours
_LAPSE = 0.0065  # °C m⁻¹
_LATENT = 2.45  # MJ kg⁻¹
_DRAWS = 10
_TIDE = 0.05  # kPa: the half-daily tide of the air in middle latitudes
_VAPOUR_WAVE, _WAVE_HOUR = 0.03, 8.0  # share; h UTC: soil and leaves moisten the air by day


@dataclass(frozen=True, slots=True)
class Weather:
    """Hours of weather at one place, each labelled by its start; arrays (hours,).

    `time` epoch s; `air_temperature` °C; `relative_humidity` %; `vapour_pressure`, `air_pressure`
    kPa; `wind_speed` m s⁻¹ at 2 m; `wind_direction` °; `solar_radiation` W m⁻²; `rain` mm.
    """

    time: Floats
    air_temperature: Floats
    relative_humidity: Floats
    vapour_pressure: Floats
    air_pressure: Floats
    wind_speed: Floats
    wind_direction: Floats
    solar_radiation: Floats
    rain: Floats

    @property
    def hours(self) -> int:
        """How many hours there are."""
        return len(self.time)

    def first(self, hours: int) -> "Weather":
        """The first hours alone."""
        return Weather(**{field.name: getattr(self, field.name)[:hours] for field in fields(self)})


@dataclass(frozen=True, slots=True)
class _Days:
    """What is drawn for each day; arrays (days,) in the units of `Weather`, solar MJ m⁻² d⁻¹."""

    number: Floats
    tmin: Floats
    tmax: Floats
    rain: Floats
    rh_mean: Floats
    wind: Floats
    direction: Floats
    solar: Floats
    rain_start: Floats
    rain_hours: Floats


def generate(climate: Climate, start: date, days: int, *, seed: int) -> Weather:
    """Hours of `days` days from `start` 00:00 UTC.

    Raises
    ------
    ValueError  There are no days.
    """
    if days < 1:
        raise ValueError(f"days must be at least 1: {days}")
    # One day more, so that the last day's evening knows the morning it leads to.
    drawn = _draw_days(climate, start, days + 1, seed)
    return _hours(climate, start, drawn).first(days * 24)


def _hours(climate: Climate, start: date, drawn: _Days) -> Weather:
    """The hours of these days."""
    midnight = datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp()
    hour = np.arange(len(drawn.number) * 24, dtype=float)
    solar_hour = hour + 0.5 + climate.longitude / 15.0
    temperature = _temperature(drawn, solar_hour)
    vapour = _vapour_pressure(drawn, temperature)
    saturation = saturation_vapour_pressure(temperature)
    gusty = 1.0 + 0.4 * np.cos((solar_hour % 24.0 - _WARMEST) / 24.0 * 2.0 * np.pi)
    return Weather(
        time=midnight + hour * HOUR,
        air_temperature=temperature,
        relative_humidity=np.minimum(100.0 * vapour / saturation, 100.0),
        vapour_pressure=np.minimum(vapour, saturation),
        air_pressure=_air_pressure(climate.elevation, drawn),
        wind_speed=np.repeat(drawn.wind, 24) * gusty,
        wind_direction=(np.repeat(drawn.direction, 24) + 15.0 * np.sin(hour / 7.0)) % 360.0,
        solar_radiation=_sunshine(climate.latitude, drawn, solar_hour),
        rain=_rain(drawn),
    )


def _draw_days(climate: Climate, start: date, days: int, seed: int) -> _Days:
    """Daily values from rows of uniforms, one a day: more days change no earlier one."""
    uniform = np.random.default_rng(seed).random((days, _DRAWS))
    normal = special.ndtri(np.clip(uniform, 1e-9, 1.0 - 1e-9))
    number = np.array(
        [(start + timedelta(days=i)).timetuple().tm_yday for i in range(days)], dtype=float
    )
    wet_share = chance_of_rain(climate, number)
    wet = _wet_days(wet_share, uniform[:, 0])
    more_wet = wet - wet_share
    shared = _autoregressive(normal[:, 1], _TEMPERATURE_PERSISTENCE) * _TEMPERATURE_SPREAD
    day, night = normal[:, 2], normal[:, 3]
    tmax = through_the_year(climate.tmax, number) + shared + 1.2 * day - 2.5 * more_wet
    tmin = through_the_year(climate.tmin, number) + 0.75 * shared + 1.4 * night + 1.0 * more_wet
    humid = _autoregressive(normal[:, 4], _HUMIDITY_PERSISTENCE) * _HUMIDITY_SPREAD
    rh = through_the_year(climate.rh_mean, number) + humid + _WET_HUMIDITY * more_wet
    breeze = np.exp(_WIND_SPREAD * normal[:, 5] - _WIND_SPREAD**2 / 2.0)
    rain = wet * _amounts(rain_of_a_wet_day(climate, number), uniform[:, 6])
    return _Days(
        number=number,
        tmin=np.minimum(tmin, tmax - 1.5),
        tmax=tmax,
        rain=rain,
        rh_mean=np.clip(rh, 30.0, 98.0),
        wind=through_the_year(climate.wind_2m, number) * breeze,
        direction=np.where(uniform[:, 7] < 0.55, 215.0, 30.0) + 35.0 * normal[:, 7],
        solar=_daily_solar(climate, number, more_wet, normal[:, 8]),
        rain_start=uniform[:, 9] * 20.0,
        rain_hours=1.0 + np.floor(np.minimum(rain / 2.5, 9.0) * (0.4 + uniform[:, 2])),
    )


def _wet_days(share: Floats, uniform: Floats) -> Floats:
    """1 on wet days, 0 on dry: a chain whose share of wet days is `share`."""
    wet = np.zeros(len(share))
    before = share[0]
    for day, chance in enumerate(share):
        given = chance * (1.0 - _RAIN_PERSISTENCE) + _RAIN_PERSISTENCE * before
        before = wet[day] = float(uniform[day] < given)
    return wet


def _amounts(mean: Floats, uniform: Floats) -> Floats:
    """Rain of wet days, at least 1 mm. [mm]"""
    scale = (mean - _WET_DAY) / _GAMMA_SHAPE
    drawn = stats.gamma.ppf(np.clip(uniform, 1e-6, 1.0 - 1e-4), _GAMMA_SHAPE)
    return np.asarray(_WET_DAY + scale * drawn)


def _autoregressive(normal: Floats, persistence: float) -> Floats:
    """First-order autoregressive series of unit variance."""
    series = np.array(normal)
    kick = np.sqrt(1.0 - persistence**2)
    for day in range(1, len(series)):
        series[day] = persistence * series[day - 1] + kick * normal[day]
    return series


def _daily_solar(climate: Climate, number: Floats, more_wet: Floats, normal: Floats) -> Floats:
    """Solar radiation of each day: duller when wet, never clearer than a clear sky. [MJ m⁻²]"""
    mean = through_the_year(climate.solar_radiation, number)
    share = 1.0 - (1.0 - _WET_SKY) * more_wet + _SOLAR_SPREAD * normal
    clear = _CLEAREST * extraterrestrial_radiation(climate.latitude, number)
    return np.clip(mean * share, 0.12 * clear, clear)


def extraterrestrial_radiation(latitude: float, day_of_year: Floats) -> Floats:
    """Radiation above the atmosphere; FAO-56 eq. 21. [MJ m⁻² d⁻¹]"""
    phi = np.radians(latitude)
    distance = 1.0 + 0.033 * np.cos(2.0 * np.pi * day_of_year / 365.0)
    decline = _declination(day_of_year)
    sunset = np.arccos(np.clip(-np.tan(phi) * np.tan(decline), -1.0, 1.0))
    height = sunset * np.sin(phi) * np.sin(decline) + np.cos(phi) * np.cos(decline) * np.sin(sunset)
    return np.asarray(37.586 * distance * height)


def _declination(day_of_year: Floats) -> Floats:
    return np.asarray(0.409 * np.sin(2.0 * np.pi * day_of_year / 365.0 - 1.39))


def _sunshine(latitude: float, drawn: _Days, solar_hour: Floats) -> Floats:
    """Each day's radiation over its hours by the height of the sun. [W m⁻²]"""
    phi = np.radians(latitude)
    decline = np.repeat(_declination(drawn.number), 24)
    angle = (solar_hour % 24.0 - 12.0) / 12.0 * np.pi
    height = np.sin(phi) * np.sin(decline) + np.cos(phi) * np.cos(decline) * np.cos(angle)
    weight = np.maximum(height, 0.0).reshape(-1, 24)
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray((share * drawn.solar[:, None] * 1e6 / HOUR).ravel())


def _temperature(drawn: _Days, solar_hour: Floats) -> Floats:
    """Half cosines from the cool of the morning to the warmth of the afternoon and back. [°C]"""
    days = len(drawn.tmin)
    turns = np.concatenate([np.arange(days) * 24.0 + at for at in (_COOLEST, _WARMEST)])
    order = np.argsort(turns)
    turns, values = turns[order], np.concatenate([drawn.tmin, drawn.tmax])[order]
    after = np.clip(np.searchsorted(turns, solar_hour), 1, len(turns) - 1)
    span = turns[after] - turns[after - 1]
    way = np.clip((solar_hour - turns[after - 1]) / span, 0.0, 1.0)
    rise = (1.0 - np.cos(np.pi * way)) / 2.0
    return np.asarray(values[after - 1] + (values[after] - values[after - 1]) * rise)


def saturation_vapour_pressure(temperature: Floats) -> Floats:
    """FAO-56 eq. 11. [kPa]"""
    return np.asarray(0.6108 * np.exp(17.27 * temperature / (temperature + 237.3)))


def _vapour_pressure(drawn: _Days, temperature: Floats) -> Floats:
    """Vapour pressure that gives each day its mean humidity, higher after noon. [kPa]"""
    hour = np.arange(temperature.size)
    wave = 1.0 + _VAPOUR_WAVE * np.sin(2.0 * np.pi * (hour - _WAVE_HOUR) / 24.0)
    share = (wave / saturation_vapour_pressure(temperature)).reshape(-1, 24).mean(axis=1)
    return np.asarray(wave * np.repeat(drawn.rh_mean / 100.0 / share, 24))


def _rain(drawn: _Days) -> Floats:
    """Each day's rain in one shower or longer rain within the day. [mm]"""
    hour = np.arange(24.0)
    start = np.minimum(drawn.rain_start, 24.0 - drawn.rain_hours)[:, None]
    into = np.minimum(hour + 1.0, start + drawn.rain_hours[:, None]) - np.maximum(hour, start)
    weight = np.maximum(into, 0.0)
    share = weight / weight.sum(axis=1, keepdims=True)
    return np.asarray((share * drawn.rain[:, None]).ravel())


def _air_pressure(elevation: float, drawn: _Days) -> Floats:
    """FAO-56 eq. 7, a little lower on wet days, with the tide of the air. [kPa]"""
    standard = 101.3 * ((293.0 - 0.0065 * elevation) / 293.0) ** 5.26
    daily = standard + np.where(drawn.rain > 0.0, -0.6, 0.3)
    day, hour = np.arange(len(daily)), np.arange(len(daily) * 24)
    tide = _TIDE * np.sin(4.0 * np.pi * (hour - _WAVE_HOUR + 2.0) / 24.0)
    return np.asarray(np.interp(hour / 24.0, day + 0.5, daily)) + tide


def elsewhere(weather: Weather, *, climb: float, seed: int, rain_spread: float = 0.2) -> Weather:
    """The same weather at a place `climb` m higher: cooler, and with its own share of each rain."""
    days = -(-weather.hours // 24)
    spread = np.random.default_rng(seed).standard_normal(days) * rain_spread
    share = np.repeat(np.exp(spread - rain_spread**2 / 2.0), 24)[: weather.hours]
    temperature = weather.air_temperature - _LAPSE * climb
    saturation = saturation_vapour_pressure(temperature)
    vapour = np.minimum(weather.vapour_pressure, saturation)
    return replace(
        weather,
        air_temperature=temperature,
        vapour_pressure=vapour,
        relative_humidity=100.0 * vapour / saturation,
        air_pressure=weather.air_pressure - 0.0115 * climb,
        rain=weather.rain * share,
    )


def evaporative_demand(weather: Weather) -> Floats:
    """What the air can take from a wet, green surface, by Makkink's equation (de Bruin). [mm h⁻¹]

    Deliberately not Penman–Monteith: the advice computes that.
    """
    temperature = weather.air_temperature
    slope = 4098.0 * saturation_vapour_pressure(temperature) / (temperature + 237.3) ** 2
    psychrometric = 0.000665 * weather.air_pressure
    radiation = weather.solar_radiation * HOUR / 1e6
    return np.asarray(0.65 * slope / (slope + psychrometric) * radiation / _LATENT)
