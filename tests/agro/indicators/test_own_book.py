"""Every figure of a small book of our own, worked out by hand."""

from math import isnan, log
from pathlib import Path

import pytest

from agro.indicators.catalogue import catalogue
from agro.indicators.figures import Figure, computed
from agro.indicators.reading import Read, read_book
from agro.indicators.scope import scope_of

FILE = Path(__file__).with_name("small_book.yaml")
_ETC = 40 * 91 + 60 * 91  # m² d of tomato, 1 April to 30 June
_LETTUCE, _CARROT = 20 * 91, 400 * 181
_ALL = _ETC + _LETTUCE + _CARROT


@pytest.fixture(scope="module")
def read() -> Read:
    return read_book(FILE, catalogue().by_id)


def _figure(read: Read, scope: str, name: str) -> Figure:
    found = computed(read.book, scope_of(scope), catalogue())
    return next(one for one in found if one.indicator.id == name)


def test_the_book_has_no_fault(read: Read) -> None:
    assert read.faults == ()
    assert read.notes == ()


@pytest.mark.parametrize(
    ("name", "scope", "value"),
    [
        ("PROD_HARVEST_KG", "city", 1200.0),
        ("PROD_HARVEST_KG", "commune:90001", 120.0),
        ("PROD_YIELD", "city", 1200 / 520),  # ash-2 has no statement: on neither side
        ("PROD_YIELD", "plot:oak-1", 1.5),
        ("PROD_VALUE_EUR", "city", 180 * 3 + 20 * 4),
        ("PROD_PORTIONS", "city", (120 + 1000 - 60) / 0.08),  # elm states no losses
        ("PROD_MEALS_EQ", "site:ash", (1000 - 60) / 0.5),
        ("PROD_LABOUR_KG_H", "city", (120 + 1000) / 3020),
        ("LAND_CULTIVATED_M2", "city", 800.0),
        ("FOOD_COVERAGE_ALL", "city", 100 * 630 / (1000 * 1.4 * 181)),
        ("FOOD_COVERAGE_ALL", "commune:90003", 100 * 600 / (350 * 1.4 * 181)),
        ("FOOD_COVERAGE_FV", "city", 100 * 630 / (1000 * 0.4 * 181)),
        ("SHORT_CHAIN_SHARE_VALUE", "city", 100 * 1200 / 1400),
        ("SHORT_CHAIN_SHARE_KG", "city", 100 * 600 / 800),
        ("LOCAL_SHARE_KG", "city", 100 * 630 / 830),
        ("FOOD_KM", "city", (30 + 6000 + 200) / 730),
        ("TRANSPORT_CO2", "city", (100 * 0.1034 + 40 * 0.01095) / 730),
        ("EGALIM_DURABLE", "city", 50.0),
        ("EGALIM_BIO", "city", 30.0),
        ("EGALIM_MEAT_FISH", "city", 100 * 200 / 700),
        ("CANTEEN_WASTE_G_MEAL", "city", 60.0),
        ("WATER_IRRIGATION_M3", "city", 40.0),
        ("WATER_PRODUCTIVITY", "city", 1120 / 40),
        ("WATER_L_PER_KG", "city", 1000 * 40 / 1120),
        ("WATER_RIS", "city", 40 / (0.1 * 80 + 0.1 * 400)),
        ("WATER_RAIN_HARVEST_POTENTIAL_M3", "city", 50 * 0.75 * 0.3),
        ("WATER_ALTERNATIVE_SHARE", "city", 10.0),
        # oak-1 and elm-1; ash-1 has manure of which nobody tells the nitrogen
        ("N_BALANCE", "city", (1.0 + 10 * 0.012 - 0.15 - 0.04 - 0.12) / 0.012),
        ("IFT_TOTAL", "city", (400 * 1.125 + 280 * 0.4) / 800),
        ("IFT_HORS_BIOCONTROLE", "plot:ash-1", 1.125),
        ("PEST_FREE_AREA", "city", 50.0),
        ("ORGANIC_AREA", "city", 100 * 440 / 520),
        ("SOIL_HEALTH_TAPE", "site:ash", (26 / 8 - 1) * 25),
        ("SOC_STOCK", "city", 20 * 1.4 * 20 * 0.95 / 10),
        ("SOIL_COVER_DAYS", "city", 100 * _ALL / (520 * 181)),
        ("DIV_RICHNESS", "city", 3.0),
        (
            "DIV_SHANNON",
            "city",
            -sum(w / _ALL * log(w / _ALL) for w in (_ETC, _LETTUCE, _CARROT)),
        ),
        (
            "DIV_GINI_SIMPSON",
            "city",
            1 - sum((w / _ALL) ** 2 for w in (_ETC, _LETTUCE, _CARROT)),
        ),
        ("DIV_TAPE_GSI_CROPS", "site:oak", 100 * (1 - 0.75**2 / 3 - 0.25**2)),
        ("SEMI_NATURAL_SHARE", "site:oak", 15.0),
        ("CBS", "city", 0.75),
        ("BIOWASTE_DIVERTED", "city", 200.0),
        ("COMPOST_YIELD", "city", 45.0),
        ("ORGANIC_WASTE_REUSED_SHARE", "city", 8.0),
        ("LOSS_RATE", "city", 100 * 60 / 1120),
        ("DONATED_KG", "city", 30.0),
        ("JOBS_ETP", "city", 2900 / 1607),
        ("JOBS_AWU", "city", 1.0 + 0.5),  # nobody is more than one
        ("JOBS_INSERTION_SHARE", "city", 100 * 900 / 2900),
        ("VOLUNTEER_HOURS", "city", 120.0),
        ("VOLUNTEER_PERSONS", "site:oak", 9.0),
        ("TRAINING_PARTICIPANT_HOURS", "city", 40.0),
        ("RESIDENTS_WITH_ACCESS", "city", 30.0),
        ("WOMEN_SHARE_HOURS", "city", 100 * 2000 / 2900),
        ("GHG_PRODUCTION", "site:ash", 0.4),
        # 50 50 75 50 50 75 75 75 100 50
        ("TAPE_CAET", "site:oak", 65.0),
        ("DATA_COVERAGE_HARVEST", "city", 75.0),
    ],
)
def test_figures(read: Read, name: str, scope: str, value: float) -> None:
    assert _figure(read, scope, name).value == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "scope", "status"),
    [
        ("PROD_HARVEST_KG", "city", "incomplete"),  # 3 of 4 plots
        ("PROD_HARVEST_KG", "commune:90001", "ok"),
        ("PROD_VALUE_EUR", "city", "incomplete"),
        ("LOSS_RATE", "site:elm", "no_data"),  # no statement is not 0
        ("LOSS_RATE", "site:oak", "ok"),
        ("WATER_PRODUCTIVITY", "site:elm", "no_data"),
        ("EGALIM_DURABLE", "site:oak", "no_data"),
        ("EGALIM_DURABLE", "city", "incomplete"),  # half a year
        ("CANTEEN_WASTE_G_MEAL", "city", "reached"),  # 60 of at most 65
        ("FOOD_COVERAGE_ALL", "site:ash", "no_data"),
        ("GHG_PRODUCTION", "city", "no_data"),  # two values are not averaged
        ("SOIL_HEALTH_TAPE", "city", "distribution"),
        ("TAPE_CAET", "city", "distribution"),
        ("TAPE_CAET", "site:ash", "no_data"),
        ("VOLUNTEER_PERSONS", "city", "site_only"),
        ("IFT_TOTAL", "city", "ok"),
        ("IFT_HORS_BIOCONTROLE", "commune:90003", "ok"),  # a recalled law does not judge
        ("JOBS_ETP", "city", "incomplete"),
    ],
)
def test_statuses(read: Read, name: str, scope: str, status: str) -> None:
    assert _figure(read, scope, name).status == status


def test_no_loss_is_zero_only_where_it_is_said(read: Read) -> None:
    assert _figure(read, "site:oak", "LOSS_RATE").value == 0.0
    assert isnan(_figure(read, "site:elm", "LOSS_RATE").value)


def test_a_figure_names_its_records_and_their_lines(read: Read) -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    found = _figure(read, "site:ash", "WATER_ALTERNATIVE_SHARE").sources
    assert [(one.kind, one.key) for one in found] == [("irrigation", "irrigation[1]")]
    assert "ash-1, m3: 36" in lines[found[0].row - 1]


def test_crops_grown_without_dates_are_weighed_by_area(read: Read) -> None:
    shares = _figure(read, "site:oak", "DIV_RICHNESS").shares
    assert shares == pytest.approx({"tomato": 0.75, "lettuce": 0.25})
