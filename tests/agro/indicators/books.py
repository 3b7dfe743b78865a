"""Random books: four gardens in three communes, six plots, registers that may be missing."""

from collections.abc import Callable
from datetime import date
from math import nan
from random import Random
from typing import Any

from agro.indicators.book import (
    Book,
    CanteenWaste,
    Compost,
    Cycle,
    Delivery,
    Event,
    Harvest,
    Input,
    Irrigation,
    Labour,
    Loss,
    Plot,
    Purchases,
    Rain,
    References,
    Roof,
    Site,
    SoilSample,
    Source,
    Surface,
    Treatment,
)

COMMUNES = ("90001", "90002", "90003")
_CROPS = ("tomato", "lettuce", "carrot", "bean", "potato")
_PLOTS = (("s1", "p1"), ("s1", "p2"), ("s2", "p3"), ("s3", "p4"), ("s4", "p5"), ("s4", "p6"))
_SITES = ("s1", "s2", "s3", "s4")
_MISSING = 0.15  # of the numbers that may be
_MOST = 7  # records of a register
_REGISTERS = ("treatments", "inputs", "deliveries", "events")


class Chance:
    """Seeded chance, in the words of a book."""

    def __init__(self, seed: int) -> None:
        self._of = Random(seed)

    def one(self, *among: Any) -> Any:
        return self._of.choice(among)

    def number(self, low: float, high: float) -> float:
        """A number, now and then one of the ends."""
        return self._of.choice((low, high, *(round(self._of.uniform(low, high), 3),) * 8))

    def perhaps(self, low: float, high: float) -> float:
        return nan if self._of.random() < _MISSING else self.number(low, high)

    def rows(self, kind: Any, told: Callable[[], dict[str, Any]], *, plot: bool) -> tuple[Any, ...]:
        """Some records of a kind, each on a plot or a site of its own."""
        places = _PLOTS if plot else tuple((site, "") for site in _SITES)
        found = []
        for number in range(self._of.randint(0, _MOST)):
            site, on = self._of.choice(places)
            source = Source(kind.__name__, str(number), number)
            found.append(kind(source=source, site=site, plot=on, **told()))
        return tuple(found)


def random_book(seed: int) -> Book:
    """The book of a seed."""
    by = Chance(seed)
    return Book(
        start=date(2026, 1, 1),
        end=date(2026, 12, 31),
        sites=tuple(
            Site(
                source=Source("site", slug),
                site=slug,
                commune=by.one(*COMMUNES),
                area=by.perhaps(100, 2000),
            )
            for slug in _SITES
        ),
        plots=tuple(
            Plot(
                source=Source("plot", plot),
                site=site,
                plot=plot,
                cultivated=by.perhaps(0, 500),
                certification=by.one("", "none", "organic"),
            )
            for site, plot in _PLOTS
        ),
        **_grown(by),
        **_worked(by),
        **_gone(by),
        **_of_the_city(by),
        said=frozenset(name for name in _REGISTERS if by.one(True, False)),
    )


def _grown(by: Chance) -> dict[str, Any]:
    days = [date(2026, month, 1) for month in (3, 4, 5, 8)]
    return {
        "cycles": by.rows(
            Cycle,
            lambda: {
                "crop": by.one(*_CROPS),
                "area": by.number(1, 300),
                "varieties": by.perhaps(1, 4),
                "start": by.one(None, *days),
                "end": by.one(None, date(2026, 10, 31)),
            },
            plot=True,
        ),
        "harvests": by.rows(
            Harvest,
            lambda: {
                "crop": by.one(*_CROPS),
                "mass": by.perhaps(0, 500),
                "day": by.one(None, *days),
            },
            plot=True,
        ),
        "losses": by.rows(Loss, lambda: {"mass": by.number(0, 50)}, plot=False),
        "samples": by.rows(
            SoilSample,
            lambda: {"carbon": by.perhaps(5, 40), "bulk_density": 1.3, "depth": 30.0},
            plot=True,
        ),
        "surfaces": by.rows(
            Surface,
            lambda: {"kind": by.one("sealed", "hedge", "odd"), "area": by.number(1, 900)},
            plot=False,
        ),
    }


def _worked(by: Chance) -> dict[str, Any]:
    return {
        "irrigations": by.rows(
            Irrigation,
            lambda: {"volume": by.number(0, 90), "water": by.one("", "rain", "mains")},
            plot=True,
        ),
        "inputs": by.rows(
            Input,
            lambda: {"kind": "compost", "mass": by.number(0, 900), "n_percent": by.perhaps(0, 5)},
            plot=True,
        ),
        "treatments": by.rows(
            Treatment,
            lambda: {
                "segment": by.one("S1", "S2", "S3", "S5"),
                "dose": by.perhaps(0, 5),
                "reference_dose": by.perhaps(0.5, 5),
                "treated_percent": by.number(0, 100),
                "synthetic": by.one(True, False, None),
            },
            plot=True,
        ),
        "labour": by.rows(
            Labour,
            lambda: {
                "status": by.one("employee", "insertion", "volunteer"),
                "hours": by.number(0, 2500),
                "sex": by.one("", "F", "M"),
                "person": by.one("", "a", "b"),
            },
            plot=False,
        ),
        "events": by.rows(
            Event,
            lambda: {"kind": "school", "participants": by.perhaps(0, 30), "hours": 2.0},
            plot=False,
        ),
    }


def _gone(by: Chance) -> dict[str, Any]:
    return {
        "deliveries": by.rows(
            Delivery,
            lambda: {
                "mass": by.number(0, 500),
                "channel": by.one("market", "canteen", "donation", "self"),
                "intermediaries": by.one(nan, 0.0, 1.0, 2.0),
                "value": by.perhaps(0, 900),
                "km": by.perhaps(0, 60),
                "local": by.one(True, False, None),
                "vehicle": by.one("", "car", "cargo_bike"),
                "trips": by.perhaps(0, 20),
            },
            plot=False,
        ),
        "composts": by.rows(
            Compost,
            lambda: {"biowaste": by.perhaps(0, 400), "compost": by.perhaps(0, 200)},
            plot=False,
        ),
        "roofs": by.rows(Roof, lambda: {"area": by.number(0, 200)}, plot=False),
    }


def _of_the_city(by: Chance) -> dict[str, Any]:
    source = Source("city", "city")
    return {
        "rain": by.one((), (Rain(source=source, depth=700.0, known=0.9),)),
        "purchases": (Purchases(source=source, total=1000.0, organic=100.0, other_egalim=50.0),),
        "wastes": (CanteenWaste(source=source, mass=10.0, meals=100.0),),
        "references": References(
            prices={"tomato": 3.0, "carrot": 2.0},
            n_content={"tomato": 1.5, "carrot": 1.4, "bean": 4.0},
            n_fixation={"bean": 50.0},
            populations={"90001": 400.0, "90002": 300.0, "90003": 300.0},
            farmland_ha=50.0,
        ),
    }
