"""A language's words: whole sentences with named fields, numbers and dates as people write them."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from math import copysign, floor, isfinite
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol

_FOLDER = files("agro.words")
_FIRST = "fr"  # the catalogue that the others follow
_KEPT = "L|l|m³|mm|cm|min|h|°C|dBm|dB|V|km|kPa|lx"
_SIGN = re.compile(r" (?=[;!?%»])|(?<=«) ")


def _languages() -> tuple[str, ...]:
    """The languages that have a catalogue, the first one first."""
    names = (one.name for one in _FOLDER.iterdir())
    found = (name.removesuffix(".toml") for name in names if name.endswith(".toml"))
    return tuple(sorted(found, key=lambda one: (one != _FIRST, one)))


LANGUAGES = _languages()


class Words:
    """One language in one time zone; keys are dotted, as in `today.title`.

    How a language writes numbers, days and signs is told by its locale and by the group `writing`
    of its catalogue.
    """

    def __init__(self, language: str, zone: str) -> None:
        self.language = language
        self.zone = ZoneInfo(zone)
        self._texts = texts(language)
        self.locale = Locale.parse(self._texts["writing.locale"])
        self.decimal = str(get_decimal_symbol(self.locale))
        self.thousands = str(get_group_symbol(self.locale))
        kept = f"{_KEPT}|{self._texts['writing.counted']}"
        self._number_and_unit = re.compile(rf"(?<=\d) (?=(?:{kept})(?![\w]))")

    def t(self, key: str, **fields: str | float) -> str:
        """The text of `key`; numbers among the fields are written the language's way.

        A key with the forms `one` and `other` takes the form its field `n` asks for; a form that
        is not written (French counts `many` from a million) is told as `other`.

        Raises
        ------
        KeyError  The catalogue has no such key.
        """
        if key not in self._texts and "n" in fields:
            form = f"{key}.{self.locale.plural_form(float(fields['n']))}"
            key = form if form in self._texts else f"{key}.other"
        written = {
            name: value if isinstance(value, str) else self.number(value)
            for name, value in fields.items()
        }
        return self._typeset(self._texts[key].format_map(written))

    def code(self, group: str, code: str, **fields: str | float) -> str:
        """The text of a code of `group`; a code nobody has worded yet is shown as it is."""
        key = f"{group}.{code}"
        return self.t(key, **fields) if self.knows(key) else code.replace("_", " ")

    def group(self, name: str) -> dict[str, str]:
        """The texts without fields of one group, by their short keys."""
        prefix = f"{name}."
        return {
            key.removeprefix(prefix): self._typeset(text)
            for key, text in self._texts.items()
            if key.startswith(prefix) and "{" not in text
        }

    def listing(self, texts: Iterable[str]) -> str:
        """`a, b et c`."""
        return str(format_list(tuple(texts), locale=self.locale))

    def knows(self, key: str) -> bool:
        """Whether the catalogue has a text for `key`."""
        return key in self._texts or f"{key}.other" in self._texts

    def _typeset(self, text: str) -> str:
        """Keep a number with its unit, and a sign with its word, on one line."""
        text = self._number_and_unit.sub("\u00a0", text)
        return _SIGN.sub(self._texts["writing.sign"], text).replace(" :", "\u00a0:")

    def number(self, value: float, digits: int | None = None) -> str:
        """A number with at most `digits` decimals (three figures' worth when not said)."""
        if not isfinite(value):
            return "–"
        if digits is None:
            digits = 0 if abs(value) >= 10 or value == round(value) else 1
        tens = 10**digits
        rounded = copysign(floor(abs(value) * tens + 0.5) / tens, value) + 0.0  # no "−0"
        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        written = str(format_decimal(rounded, format=pattern, locale=self.locale))
        return written.replace("-", "−")

    def litres(self, value: float) -> str:
        """Litres as a gardener says them: whole, then by tens, then cubic metres."""
        if value >= 10_000:
            return self.t("unit.cubic_metres", value=self.number(value / 1000, 1))
        whole = round(value, -1) if value >= 200 else max(round(value), 1) if value > 0 else 0
        return self.t("unit.litres", value=whole)

    def duration(self, minutes: float) -> str:
        """Running time: minutes, and hours beyond 90 min."""
        whole = max(1, round(minutes))
        if whole <= 90:
            return self.t("unit.minutes", value=whole)
        hours, rest = divmod(whole, 60)
        if rest:
            return self.t("unit.hours_minutes", hours=str(hours), minutes=f"{rest:02d}")
        return self.t("unit.hours", value=hours)

    def percent(self, fraction: float) -> str:
        """A fraction as a whole percentage."""
        return self.t("unit.percent", value=self.number(fraction * 100, 0))

    def day(self, day: date) -> str:
        """`mardi 21 juillet`."""
        return self._date(day, f"EEEE {self._texts['writing.date']}")

    def long_day(self, day: date) -> str:
        """`21 juillet 2026`."""
        return self._date(day, f"{self._texts['writing.date']} y")

    def near_day(self, day: date, today: date) -> str:
        """`21 juillet`, `1er août`; with its year when that is another."""
        form = self._texts["writing.date"]
        written = self._date(day, form if day.year == today.year else f"{form} y")
        return re.sub(r"^1(?= )", self._texts["writing.first"], written)

    def weekday(self, day: date) -> str:
        """`mardi`, as it is said of what happens then: `tiistaina`."""
        return self._date(day, "EEEE")

    def short_day(self, day: date) -> str:
        """`mar. 21 juil.`"""
        return str(format_skeleton("MMMEd", day, locale=self.locale))

    def weekday_short(self, day: date) -> str:
        """`mar.`"""
        return self._date(day, "ccc")

    def _date(self, day: date, form: str) -> str:
        return str(format_date(day, form, locale=self.locale))

    def local(self, time: datetime) -> datetime:
        """An aware time in the city's time zone."""
        return time.astimezone(self.zone)

    def clock(self, time: datetime) -> str:
        """`20:30`, in the city's time zone."""
        return str(format_time(self.local(time), self._texts["writing.clock"], locale=self.locale))

    def hour(self, hour: int) -> str:
        """An hour of the clock as orders write it: `8 h`, `08:00`."""
        return self._typeset(self._texts["writing.hour"].format(hour=hour))

    def stamp(self, time: datetime) -> str:
        """`mar. 21 juil., 20:30`, in the city's time zone."""
        local = self.local(time)
        return self.t("time.stamp", day=self.short_day(local.date()), clock=self.clock(time))

    def soon(self, time: datetime, now: datetime) -> str:
        """`ce soir`, `demain matin`, `jeudi soir`: how people name a near moment."""
        local, today = self.local(time), self.local(now).date()
        part = _part_of_day(local.hour)
        ahead = (local.date() - today).days
        if ahead <= 0:
            return self.t(f"time.today_{part}")
        if ahead == 1:
            return self.t(f"time.tomorrow_{part}")
        return self.t(f"time.later_{part}", day=self.weekday(local.date()))

    def age(self, elapsed: timedelta) -> str:
        """`il y a 12 min`, `il y a 3 h`, `il y a 5 jours`."""
        minutes = max(0, round(elapsed.total_seconds() / 60))
        if minutes < 1:
            return self.t("time.now")
        if minutes < 90:
            return self.t("time.minutes_ago", n=minutes)
        if minutes < 48 * 60:
            return self.t("time.hours_ago", n=round(minutes / 60))
        return self.t("time.days_ago", n=round(minutes / 1440))


def _part_of_day(hour: int) -> str:
    """Night counts with the morning it leads to, or with the evening it ends."""
    if 4 <= hour < 12:
        return "morning"
    return "afternoon" if 12 <= hour < 17 else "evening"


@cache
def texts(language: str) -> Mapping[str, str]:
    """The flat catalogue of a language: dotted key → text."""
    source = _FOLDER.joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flatten(tomllib.loads(source), ""))


def _flatten(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


@cache
def say(language: str, zone: str = "UTC") -> Words:
    """The words of a language, telling times in `zone`; the first one where it is unknown."""
    return Words(language if language in LANGUAGES else _FIRST, zone)


def separators(language: str) -> str:
    """The decimal sign and the thousands sign of a language, as plotly takes them."""
    words = say(language)
    return words.decimal + words.thousands
