"""Where a visit begins and how the links are grouped, by role."""

from collections.abc import Iterable

import pytest

from agro.access import ROLES, Role
from agro.dashboard.navigation import GROUPS, PAGES, first_page, grouped
from agro.words import LANGUAGES, say


@pytest.mark.parametrize(
    ("roles", "page"),
    [
        (["farmer"], "today"),
        (["researcher"], "trials"),
        (["official"], "indicators"),
        (["operator"], "stations"),
        (["operator", "farmer"], "today"),
        (["official", "researcher"], "trials"),
        (ROLES, "today"),
        ([], "indicators"),
    ],
)
def test_a_visit_begins_where_its_role_works(roles: Iterable[Role], page: str) -> None:
    assert first_page(frozenset(roles)) == page


def test_every_page_is_in_one_group() -> None:
    assert len(set(PAGES)) == len(PAGES)
    for language in LANGUAGES:
        words = say(language)
        assert all(words.knows(f"nav.{name}") for name in PAGES)
        assert all(words.knows(f"nav_group.{name}") for name in GROUPS)


def test_ones_own_group_comes_first() -> None:
    assert list(grouped(PAGES, ROLES)) == list(GROUPS)
    assert next(iter(grouped(PAGES, {"official"}))) == "city"
    assert list(grouped(PAGES, {"researcher"})) == ["research", "garden", "equipment", "city"]


def test_what_may_not_be_opened_is_not_there() -> None:
    assert grouped(["reports", "indicators"], []) == {"city": ("reports", "indicators")}
