"""`agro forecast` and the yields of `agro train`, from the command line."""

from typing import Any

import pytest

SITE = "potager-des-ducs"
AT = ("--at", "2026-07-20T05:00:00Z")
KEYS = {
    *("site", "plot", "crop", "variety", "planted", "issued_at", "low", "middle", "high", "area"),
    *("start", "end", "model", "factors", "sources", "low_kg", "middle_kg", "high_kg"),
    *("harvested_kg", "remaining_kg"),
}


def test_every_planting_as_one_document(dijon: Any) -> None:
    done = dijon("forecast", "--site", SITE, *AT, "--json")
    assert (done.code, done.lines) == (0, [])
    assert all(set(one) == KEYS for one in done.json)
    tomato = next(one for one in done.json if one["plot"] == "planche-1")
    assert tomato["issued_at"] == "2026-07-20T05:00:00Z"
    assert tomato["low"] < tomato["middle"] < tomato["high"]
    assert tomato["middle_kg"] == pytest.approx(tomato["middle"] * 48.0)
    assert tomato["harvested_kg"] is None
    assert tomato["remaining_kg"] == tomato["middle_kg"]
    assert {one["site"] for one in done.json} == {SITE}


def test_for_people_it_is_a_table(dijon: Any) -> None:
    done = dijon("forecast", "--site", SITE, *AT)
    assert done.code == 0
    assert "Yield forecast of 2026-07-20T05:00Z" in done.out
    assert "zucchini" in done.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--site", "potager"), "--site: 'potager' does not exist; did you mean potager-des-ducs"),
        (("--at", "soon"), "--at: 'soon' is not a time"),
        (("--at", "2026-07-20T05:00:00"), "--at: '2026-07-20T05:00:00' has no time zone"),
    ],
)
def test_what_cannot_be_asked_is_one_line(dijon: Any, words: tuple[str, str], told: str) -> None:
    done = dijon("forecast", *words)
    assert (done.code, done.out, len(done.lines)) == (2, "", 2 - ("yield" not in str(done.lines)))
    assert told in done.lines[-1]


def test_training_tells_of_yields(dijon: Any) -> None:
    done = dijon("train", "--json")
    assert done.code == 0
    assert done.json["yield"]["reason"] == "too_few"
    told = dijon("train")
    assert "three years of weighed harvests are needed" in " ".join(told.out.split())
