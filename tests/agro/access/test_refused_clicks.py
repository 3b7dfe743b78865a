"""A click whose write is refused, or that the store cannot take: a sentence, and nothing written.

Who clicks lost the right, or the store stood still, after the page was drawn.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from agro.dashboard import data
from agro.store import schema
from agro.words import LANGUAGES, say
from tests.agro.access.conftest import TwoGardens, everything
from tests.agro.access.gardens import OURS, Kept

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_CLICKS: dict[str, Callable[[Kept], tuple[str, dict[str, str], str]]] = {
    "a callback": lambda k: ("chain", {}, f"chain_withdraw_{k.offer.number}"),
    "a callback in a fragment": lambda k: (
        "logbook",
        {"entry": str(k.struck)},
        f"logbook_restore_{k.struck}",
    ),
    "a callback with arguments": lambda _: ("trials", {}, "trials_away_mulch"),
    "a callback that is made anew in each run": lambda k: (
        "indicators",
        {"view": "entered"},
        f"entering_back_{k.figure}",
    ),
}


def _drawn(page: str, address: dict[str, str], language: str = "en") -> AppTest:
    """A page of our garden."""
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"], test.query_params["site"] = language, OURS
    test.run()
    test.switch_page(f"agro/dashboard/pages/{page}.py")
    test.session_state["chain_view"] = "stock"
    for name, value in address.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def _click(test: AppTest, key: str) -> None:
    next(one for one in test.button if str(one.key).startswith(key)).click()
    test.run()
    assert not test.exception


def _alerts(test: AppTest) -> str:
    return "\n".join(one.proto.body for one in test.get("html") if 'role="alert"' in one.proto.body)


@pytest.mark.parametrize("kind", _CLICKS)
def test_a_refused_click_is_told_and_nothing_is_written(
    kind: str, two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    page, address, key = _CLICKS[kind](two_gardens.kept[OURS])
    seated("operator")
    test = _drawn(page, address)
    before = everything()
    seated("public")
    _click(test, key)
    assert say("en").t("access.unwritten_refused") in _alerts(test)
    assert everything() == before
    test.run()
    assert not _alerts(test), "it is told once"


def _writing_page() -> None:
    """Three ways of writing into another garden, under a frame that tells why not."""
    import streamlit as st

    from agro.dashboard import data, visitor

    def write() -> None:
        with data.acting("logbook.write", "theirs", "crafted"):
            st.session_state["done"] = True

    @st.fragment
    def apart() -> None:
        if st.button("fragment"):
            write()

    st.text(f"told: {visitor.unwritten()}")
    st.button("callback", on_click=write)
    if st.button("body"):
        write()
    apart()


@pytest.mark.parametrize("kind", ["callback", "body", "fragment"])
def test_a_write_ends_at_the_door_wherever_it_is_asked_for(
    kind: str, two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    seated("farmer")
    before = everything()
    test = AppTest.from_function(_writing_page, default_timeout=60)
    test.run()
    next(one for one in test.button if one.label == kind).click().run()
    assert not test.exception
    assert [one.value for one in test.text] == ["told: refused"]
    assert "done" not in test.session_state
    assert everything() == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_in_every_language(
    language: str, two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    seated("operator")
    test = _drawn("chain", {}, language)
    seated("public")
    _click(test, f"chain_withdraw_{two_gardens.kept[OURS].offer.number}")
    assert say(language).t("access.unwritten_refused") in _alerts(test)


def test_the_same_click_of_who_may_is_done(
    two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    seated("operator")
    test = _drawn("chain", {})
    before = everything()
    _click(test, f"chain_withdraw_{two_gardens.kept[OURS].offer.number}")
    assert not _alerts(test)
    assert everything()[schema.offer.name] != before[schema.offer.name]


def test_a_write_that_the_store_cannot_take_is_told(
    two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    """Here the audit log is away, so nothing may be written; a full disk raises the same."""
    seated("operator")
    test = _drawn("chain", {})
    before = everything()
    with data.engine().begin() as c:
        c.exec_driver_sql("ALTER TABLE audit RENAME TO away")
    _click(test, f"chain_withdraw_{two_gardens.kept[OURS].offer.number}")
    assert say("en").t("access.unwritten_failed") in _alerts(test)
    with data.engine().begin() as c:
        c.exec_driver_sql("ALTER TABLE away RENAME TO audit")
    assert everything() == before
