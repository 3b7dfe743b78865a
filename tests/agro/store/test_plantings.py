"""What a person plants and ends is kept with who and when, and no pack undoes it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from agro.packs import read_pack
from agro.records import Planting
from agro.store import farms, open_store, plantings, schema, writing

AT = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
_SITE, _PLOT = "potager-des-ducs", "planche-1"
_BASIL = Planting(_SITE, _PLOT, "herbs", "Basilic", date(2026, 6, 20), area=2.0, plants=12.0)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A store with Dijon's pack."""
    engine = open_store(f"sqlite:///{tmp_path}/agro.sqlite")
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
    yield engine
    engine.dispose()


def _here(engine: Engine) -> list[Planting]:
    with engine.connect() as c:
        return [one for one in farms.plantings(c, _SITE) if one.plot == _PLOT]


def test_a_planting_is_kept_as_said(engine: Engine) -> None:
    with writing(engine) as c:
        plantings.add(c, _BASIL, who="Inès", at=AT)
    assert replace(_BASIL, source="person") in _here(engine)
    with engine.connect() as c:
        said = plantings.said_by(c, _SITE)
        at = c.execute(select(schema.planting.c.said_at).where(schema.planting.c.who == "Inès"))
        assert at.scalar_one() == int(AT.timestamp())
    assert said == {(_PLOT, "herbs", "Basilic", date(2026, 6, 20)): "Inès"}


def test_ending_keeps_the_planting(engine: Engine) -> None:
    before = len(_here(engine))
    (tomato,) = (one for one in _here(engine) if one.crop == "tomato")
    with writing(engine) as c:
        plantings.end(c, tomato, date(2026, 9, 1), who="Paul", at=AT)
    after = _here(engine)
    assert len(after) == before
    assert replace(tomato, removed=date(2026, 9, 1), source="person") in after


def test_the_pack_read_again_undoes_neither(engine: Engine) -> None:
    (tomato,) = (one for one in _here(engine) if one.crop == "tomato")
    with writing(engine) as c:
        plantings.add(c, _BASIL, who="Inès", at=AT)
        plantings.end(c, tomato, date(2026, 9, 1), who="Paul", at=AT)
    said = _here(engine)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
    assert _here(engine) == said


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"plot": "planche-99"}, "no plot 'planche-99'"),
        ({"site": "nowhere"}, "no plot 'planche-1' on site 'nowhere'"),
        ({"crop": "moon_cheese"}, "no crop 'moon_cheese'"),
    ],
)
def test_what_does_not_exist_is_refused(engine: Engine, changed: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told), writing(engine) as c:
        plantings.add(c, replace(_BASIL, **changed), who="", at=AT)


def test_the_same_twice_is_refused(engine: Engine) -> None:
    with writing(engine) as c:
        plantings.add(c, _BASIL, who="", at=AT)
    with pytest.raises(ValueError, match="exists already"), writing(engine) as c:
        plantings.add(c, _BASIL, who="", at=AT)


def test_ending_what_was_never_planted_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="no herbs of 2026-06-20"), writing(engine) as c:
        plantings.end(c, _BASIL, date(2026, 9, 1), who="", at=AT)


def test_a_slip_is_taken_back_unless_more_was_said_since(engine: Engine) -> None:
    before, later = _here(engine), AT + timedelta(minutes=3)
    with writing(engine) as c:
        plantings.add(c, _BASIL, who="Inès", at=AT)
        assert not plantings.take_back(c, _BASIL, at=later)
        assert plantings.take_back(c, _BASIL, at=AT)
        assert not plantings.take_back(c, _BASIL, at=AT)
    assert _here(engine) == before
    with writing(engine) as c:
        plantings.add(c, _BASIL, who="Inès", at=AT)
        plantings.end(c, _BASIL, date(2026, 9, 1), who="Paul", at=later)
        assert not plantings.take_back(c, _BASIL, at=AT)
    assert len(_here(engine)) == len(before) + 1


def test_what_the_pack_plants_is_not_taken_back(engine: Engine) -> None:
    (tomato,) = (one for one in _here(engine) if one.crop == "tomato")
    with writing(engine) as c:
        assert not plantings.take_back(c, tomato, at=AT)
    assert tomato in _here(engine)
