"""`agro energy`: the return with its assumptions, and refusals in one line each."""

import pytest

from agro.cli.energy_given import fans_of, hours_of, legal_of
from agro.errors import BadInput
from models.energy.scheduling import Load
from tests.agro.cli.conftest import Agro

_SCOPE = ("--from", "2026-05-01", "--to", "2026-07-31")


def test_the_return_shows_every_assumption(agro: Agro) -> None:
    done = agro("energy", "return", *_SCOPE, "--assume", "water_price=4.5", "--json")
    assert done.code == 0
    price = done.json["assumptions"]["water_price"]
    assert (price["value"], price["low"], price["source"]) == (4.5, 4.5, "given")
    assert done.json["assumptions"]["head"]["source"] == "assumption"
    assert done.json["plots"] == 0
    assert done.json["water"] == {"low": None, "middle": None, "high": None}


def test_people_read_what_it_rests_on(agro: Agro) -> None:
    done = agro("energy", "return", *_SCOPE, "--language", "fr")
    assert done.code == 0
    assert "Eau épargnée, m³" in done.out
    assert "Eau épargnée × poids de l’eau" in done.out
    assert "Arrosages notés sur 0 des" in done.out


def test_bad_input_is_a_line_each(agro: Agro) -> None:
    done = agro("energy", "return", "--assume", "rain=1", "--assume", "head=x")
    assert done.code == 2
    assert len(done.lines) == 2
    assert "'rain' is no assumption" in done.lines[0]
    assert done.lines[1].startswith("--assume: head: could not convert")
    done = agro("energy", "return", "--scope", "site:nowhere")
    assert done.code == 2
    assert "does not exist" in done.lines[-1]
    done = agro("energy", "plan", "--site", "potager-des-ducs", "--peak", "0")
    assert (done.code, done.lines[-1]) == (2, "--peak: 0 kW is no plant; give more than 0")


def test_a_plan_needs_a_forecast_of_the_sun(agro: Agro) -> None:
    done = agro("energy", "plan", "--site", "potager-des-ducs", "--peak", "10")
    assert done.code == 2
    assert "has no forecast of the sun" in done.lines[-1]


def test_a_plan_needs_a_plant(agro: Agro) -> None:
    done = agro("energy", "plan", "--site", "potager-des-ducs", "--at", "2026-07-20T05:00Z")
    assert done.code == 2
    assert done.lines[-1].endswith("is near no solar plant of the city; give --peak KW")


def test_hours_over_midnight_and_fans_are_read() -> None:
    assert hours_of("20:00-08:00", "--legal") == (1200.0, 1920.0)
    assert legal_of(["20:00-08:00"])[0] == (-240.0, 480.0)
    assert fans_of(["serre=0.4,90,10:00-18:00"]) == [
        Load("serre", 0.4, 90.0, ((600.0, 1080.0),), timer=600.0)
    ]
    with pytest.raises(BadInput, match="are no hours"):
        hours_of("8-20", "--legal")
    with pytest.raises(BadInput) as refused:
        fans_of(["a=1", "b=0,90,10:00-18:00"])
    assert len(refused.value.lines) == 2
