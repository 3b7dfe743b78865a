"""Whoever crafts an address to another garden's record reads nothing of it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from agro.dashboard import data
from agro.dashboard.app import PAGES
from agro.store import writing
from agro.store.ingest import Message, ingest
from tests.agro.access.conftest import TwoGardens
from tests.agro.access.gardens import MARK, NOW, OURS, STRANGER, THEIRS, Kept, mark

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_CITY_PAGES = {"control_post", "reports", "indicators"}  # they name every garden, as to all

Address = dict[str, str]


def _addresses(page: str, theirs: Kept) -> list[Address]:
    """What somebody may write behind a page's name to get at another garden."""
    there = {"site": theirs.site}
    plot = there | {"plot": "p1"}
    numbers: dict[str, list[Address]] = {
        "logbook": [
            {"entry": str(n)}
            for n in (theirs.entry, theirs.struck, theirs.harvest, theirs.delivery)
        ],
        "chain": [
            {"delivery": str(theirs.delivery)},
            {"delivery": str(theirs.struck_delivery)},
            there | {"delivery": str(theirs.delivery)},
        ],
        "trials": [{"trial": f"straw-{theirs.site}"}, there | {"trial": f"straw-{theirs.site}"}],
        "indicators": list(_of_indicators(theirs)),
    }
    return [there, plot, there | {"as": "operator"}, *numbers.get(page, [])]


def _of_indicators(theirs: Kept) -> Iterator[Address]:
    scopes = (f"site:{theirs.site}", f"plot:{theirs.site}/p1")
    for view in ("figures", "compare", "frameworks", "returns", "survey", "entered"):
        yield {"view": view, "scope": scopes[0]}
    yield {"view": "figures", "scope": scopes[1]}
    yield {"view": "survey", "scope": scopes[0], "survey": str(theirs.complete)}
    yield {"view": "entered", "scope": scopes[0], "entered": str(theirs.figure)}
    yield {"view": "figures", "scope": scopes[0], "indicator": "WAT-01"}


def _read(page: str, address: Address) -> str:
    """All that a page says at an address: its texts, what can be chosen, its figures and files."""
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    _write(test, address)
    test.run()
    test.switch_page(f"agro/dashboard/pages/{page}.py")
    _write(test, address)  # going to another page leaves what only the last one knew
    test.run()
    assert not test.exception, f"{page} {address}"
    return "\n".join(_texts(test._tree))


def _write(test: AppTest, address: Address) -> None:
    for name, value in {"lang": "en", **address}.items():
        test.query_params[name] = value
    for number in range(10):  # what each report folds away is read too
        test.session_state[f"reports_more_{number}"] = True


def _texts(block: Block) -> Iterator[str]:
    for node in block.children.values():
        yield str(node.proto) if getattr(node, "proto", None) is not None else ""
        if isinstance(node, Block):
            yield from _texts(node)
        elif getattr(node, "type", "") == "arrow_data_frame":
            yield node.value.to_string()  # type: ignore[attr-defined]


@pytest.mark.parametrize("seat", ["farmer", "public"])
@pytest.mark.parametrize("page", PAGES)
def test_a_crafted_address_shows_nothing_of_another_garden(
    seat: str, page: str, two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    seated(seat)
    for address in _addresses(page, two_gardens.kept[THEIRS]):
        told = _read(page, address)
        assert mark(THEIRS) not in told, f"{page} {address}"
        if page not in _CITY_PAGES:
            assert THEIRS.title() not in told, f"{page} {address}"
            assert f"probe-{THEIRS}" not in told, f"{page} {address}"
        if seat == "public":
            assert MARK not in told, f"{page} {address}"


_WITHOUT_TEXTS = {"control_post", "harvest"}  # what the gardens keep gives them nothing to say
_MARKS = {"alerts": THEIRS.title(), "reports": MARK}  # the nearest bed is ours


@pytest.mark.parametrize("page", sorted(set(PAGES) - _WITHOUT_TEXTS))
def test_the_same_addresses_show_it_to_who_may(
    page: str, two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    """Else the test above would find nothing because there is nothing."""
    seated("operator")
    found = [_read(page, address) for address in _addresses(page, two_gardens.kept[THEIRS])]
    assert any(_MARKS.get(page, mark(THEIRS)) in told for told in found)


def _commune(seated: Callable[[str], None], seat: str) -> str:
    """What the comparison of the communes says of the harvest of ours, to somebody who looks."""
    seated(seat)
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    address = {"view": "compare", "scope": f"site:{OURS}"}
    _write(test, address)
    test.run()
    test.session_state["indicators_compared"] = "PROD_HARVEST_KG"
    test.switch_page("agro/dashboard/pages/indicators.py")
    _write(test, address)
    test.run()
    assert not test.exception
    bodies = [one.proto.body for one in test.get("html")]
    return next(body for body in bodies if "<table" in body and "Dijon" in body)


def test_a_farmer_compares_with_what_everybody_may_see(
    two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    """A commune with two gardens: who knows one of them would know the other."""
    told = {seat: _commune(seated, seat) for seat in ("farmer", "public", "operator")}
    assert told["farmer"] == told["public"]
    assert told["operator"] != told["public"]


@pytest.mark.parametrize(
    ("seat", "is_asked"),
    [("public", False), ("farmer", False), ("official", True), ("operator", True)],
)
def test_only_who_may_answer_a_report_is_asked_to(
    seat: str, is_asked: bool, two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    seated(seat)
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    _write(test, {})
    test.run()
    test.switch_page("agro/dashboard/pages/reports.py").run()
    assert not test.exception
    assert bool(test.text_area) is is_asked


@pytest.mark.parametrize(("seat", "is_shown"), [("farmer", False), ("operator", True)])
def test_a_device_that_waits_for_another_garden_is_not_theirs_to_take(
    seat: str, is_shown: bool, two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    body = json.dumps({"readings": {"air_temperature": 21.5}}).encode()
    with writing(data.engine()) as c:
        ingest(c, [Message(f"agro/{THEIRS}/newcomer", body, NOW)])
    seated(seat)
    told = _read("stations", {})
    assert ("newcomer" in told) is is_shown
    assert STRANGER in told
