"""Every role × every page × every write × own and foreign garden: what may be is done and told."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from agro.access import Role
from agro.dashboard import data
from agro.dashboard.app import PAGES
from agro.errors import Forbidden
from agro.store.access import audit
from agro.words import say
from tests.agro.access.conftest import TwoGardens, everything
from tests.agro.access.gardens import OURS, THEIRS
from tests.agro.access.writes import BESIDE, WRITES

_ROOT = Path(__file__).parents[3]
_DASHBOARD = _ROOT / "agro" / "dashboard"
_SCRIPT = _ROOT / "streamlit_app.py"
_SEATS = ("farmer", "researcher", "official", "operator", "public")

# What the agreed roles may write, apart from `agro.access.rules`: own garden, foreign garden or
# whole city. Who is not named may not.
_MAY: dict[str, dict[Role, tuple[bool, bool]]] = {
    "logbook.write": {"farmer": (True, False), "operator": (True, True)},
    "planting.write": {"farmer": (True, False), "operator": (True, True)},
    "chain.write": {"farmer": (True, False), "operator": (True, True)},
    "device.write": {"farmer": (True, False), "operator": (True, True)},
    "trial.write": {
        "farmer": (True, False),
        "researcher": (True, False),
        "operator": (True, True),
    },
    "figure.write": {
        "farmer": (True, False),
        "researcher": (True, False),
        "official": (True, True),
        "operator": (True, True),
    },
    "survey.write": {
        "farmer": (True, False),
        "researcher": (True, False),
        "official": (True, True),
        "operator": (True, True),
    },
    "alert.write": {
        "farmer": (True, False),
        "researcher": (True, False),
        "official": (True, True),
        "operator": (True, True),
    },
    "report.answer": {"official": (True, True), "operator": (True, True)},
}
_CITY_PAGES = {"control_post", "reports", "indicators"}
_PAGES = {
    "farmer": set(PAGES),
    "researcher": set(PAGES),
    "operator": set(PAGES),
    "official": {*_CITY_PAGES, "alerts"},
    "public": _CITY_PAGES,
}


def _allowed(action: str, seat: str, *, is_own: bool) -> bool:
    own, foreign = _MAY[action].get(seat, (False, False))  # type: ignore[call-overload]
    return own if is_own else foreign


ON_BOTH = pytest.mark.parametrize("two_gardens", ["sqlite", "postgresql"], indirect=True)


@ON_BOTH
@pytest.mark.parametrize("name", [*WRITES, *BESIDE])
def test_a_write_is_done_and_told_once_or_refused_and_nowhere(
    name: str, two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    write, before = {**WRITES, **BESIDE}[name], everything()
    for seat in _SEATS:
        for site in (OURS, THEIRS):
            seated(seat)
            is_own, where = site == OURS and not write.is_of_city, f"{seat} on {site}"
            is_theirs = not write.is_of_farmer or seat in {"farmer", "operator"}
            if not (is_theirs and _allowed(write.action, seat, is_own=is_own)):
                with pytest.raises(Forbidden, match=write.action):
                    write.do(two_gardens.kept[site])
                assert everything() == before, f"{where}: written"
                continue
            write.do(two_gardens.kept[site])
            with data.engine().connect() as c:
                told = audit.audited(c)
            assert len(told) == 1, f"{where}: {told}"
            assert told[0].who == f"{seat}@example.org"
            assert told[0].action == write.action
            assert told[0].site == ("" if write.is_of_city else site), where
            assert told[0].what, where
            two_gardens.anew()


def test_the_table_names_every_write_of_the_pages() -> None:
    """A write that is added must be added here."""
    found = {
        f"{file.stem}.{name}"
        for file in sorted(_DASHBOARD.rglob("*.py"))
        for name in _writing_functions(ast.parse(file.read_text("utf-8")))
    }
    assert found == set(WRITES)


def _writing_functions(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name != "acting":
            called = {one.func for one in ast.walk(node) if isinstance(one, ast.Call)}
            if any(_name(one) == "acting" for one in called):
                yield node.name


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


# What pages read is the same for all who may open them: one of them is enough on PostgreSQL.
_OPENED = [
    *((seat, page, "sqlite") for page in PAGES for seat in _SEATS),
    *(("operator", page, "postgresql") for page in PAGES),
]


@pytest.mark.parametrize(("seat", "page", "two_gardens"), _OPENED, indirect=["two_gardens"])
def test_a_page_is_shown_and_linked_or_neither(
    seat: str, page: str, two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    seated(seat)
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = "en"
    test.query_params["site"] = THEIRS
    test.run()
    test.switch_page(f"agro/dashboard/pages/{page}.py").run()
    assert not test.exception
    words, html = say("en"), "\n".join(one.proto.body for one in test.get("html"))
    links = {one.proto.label for one in test.get("page_link")}
    is_refused = words.t("access.refused") in html
    if page in _PAGES[seat]:
        assert not is_refused
        assert words.t(f"nav.{page}") in links
    else:
        assert is_refused or page == "today"  # who comes to the door is led to their first page
        assert words.t(f"nav.{page}") not in links


def test_a_farmer_chooses_among_the_own_gardens_only(
    two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    """The address of another garden leads to the own one."""
    seated("farmer")
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["site"] = THEIRS
    test.run()
    assert not test.exception
    assert test.session_state["site"] == OURS
    assert THEIRS.title() not in [one for box in test.selectbox for one in box.options]


@pytest.mark.parametrize(("seat", "is_shown"), [("farmer", False), ("researcher", True)])
def test_an_entry_of_another_garden_is_no_entry_of_a_farmer(
    seat: str, is_shown: bool, two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    seated(seat)
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = "en"
    test.run()
    test.switch_page("agro/dashboard/pages/logbook.py")
    test.query_params["entry"] = number = str(two_gardens.kept[THEIRS].entry)
    test.run()
    assert not test.exception
    html = "\n".join(one.proto.body for one in test.get("html"))
    gone = say("en").t("logbook.no_such", number=number)
    assert (gone not in html) is is_shown


@pytest.mark.parametrize(
    ("seat", "scope", "is_free"),
    [
        ("public", "city", False),
        ("farmer", "city", False),
        ("farmer", f"site:{THEIRS}", False),
        ("farmer", f"site:{OURS}", True),
        ("official", "city", True),
        ("researcher", f"site:{THEIRS}", True),
    ],
)
def test_figures_of_others_stand_under_the_rule_of_disclosure(
    seat: str, scope: str, is_free: bool, two_gardens: TwoGardens, seated: Callable[[str], None]
) -> None:
    """Who may see records may also choose the public view; all others have no choice."""
    seated(seat)
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = "en"
    test.run()
    test.switch_page("agro/dashboard/pages/indicators.py")
    test.query_params["scope"] = scope
    test.run()
    assert not test.exception
    assert bool([one for one in test.toggle if one.key == "indicators_public"]) is is_free
