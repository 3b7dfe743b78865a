"""The week as a small drawing: bars of rain and watering in a box of fixed units."""

from collections.abc import Iterator
from dataclasses import dataclass

from agro.words import Words
from agro.words.card import VISIBLE_MM, WeekAhead

COLUMN, HEIGHT, BASE = 44, 74, 58  # units of the drawing; the bars stand on the base
_TALLEST = 42.0
_WIDTH, _GAP = 17, 2


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what it is of (`rain` or `water`), where it stands, and its figure above it."""

    kind: str
    x: int
    y: float
    width: int
    height: float
    figure: str

    @property
    def middle(self) -> float:
        """The figure's place along the week."""
        return self.x + self.width / 2

    @property
    def above(self) -> float:
        """The figure's height, just over the bar."""
        return round(self.y - 2, 1)


@dataclass(frozen=True, slots=True)
class DayName:
    """A day's short name below its bars."""

    x: int
    text: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """A week's bars and names; `label` says it all to who does not see them."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    names: tuple[DayName, ...]
    label: str


def drawing(words: Words, week: WeekAhead) -> Drawing:
    """The drawing of a week; bars too small to be seen are left out."""
    names = (
        DayName(place * COLUMN + COLUMN // 2, day.name, day.is_today)
        for place, day in enumerate(week.days)
    )
    return Drawing(
        width=COLUMN * len(week.days),
        height=HEIGHT,
        bars=tuple(_bars(words, week)),
        names=tuple(names),
        label=". ".join(day.label for day in week.days),
    )


def _bars(words: Words, week: WeekAhead) -> Iterator[Bar]:
    for place, day in enumerate(week.days):
        left = place * COLUMN + (COLUMN - 2 * _WIDTH - _GAP) // 2
        right = left + _WIDTH + _GAP
        for kind, x, amount in (("rain", left, day.rain), ("water", right, day.water)):
            if amount >= VISIBLE_MM:
                height = round(amount / week.largest * _TALLEST, 1)
                y = round(BASE - height, 1)
                yield Bar(kind, x, y, _WIDTH, height, words.number(amount, 0))
