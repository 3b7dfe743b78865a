"""The one table of who may do what, and where.

Adding an action: a row of `RULES`, a function that does it through `acting`, and its row in
`tests/agro/access/test_matrix.py`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from agro.access.actor import Actor, Role
from agro.errors import Forbidden

Reach = Literal["own", "any"]  # only on the own sites, or on each and for the whole city
_Reaches = Mapping[Role, Reach]

_GARDENER: _Reaches = {"farmer": "own", "operator": "any"}
_TRIALIST: _Reaches = {"farmer": "own", "researcher": "own", "operator": "any"}
_FIGURES: _Reaches = {"farmer": "own", "researcher": "own", "official": "any", "operator": "any"}
_GARDEN_PAGE: _Reaches = {"farmer": "own", "researcher": "any", "operator": "any"}

# Pages of the city, which everybody may read under the rule of disclosure.
PUBLIC_PAGES = frozenset({"control_post", "reports", "indicators"})
_GARDEN_PAGES = ("today", "logbook", "harvest", "bed", "crops", "chain", "trials", "stations")
_PAGE = "page."

RULES: Mapping[str, _Reaches] = MappingProxyType(
    {
        "logbook.write": _GARDENER,
        "planting.write": _GARDENER,
        "chain.write": _GARDENER,
        "device.write": _GARDENER,
        "alert.write": _FIGURES,
        "trial.write": _TRIALIST,
        "survey.write": _FIGURES,
        "figure.write": _FIGURES,
        "report.answer": {"official": "any", "operator": "any"},
        "report.contact": {"official": "any"},
        "access.write": {"operator": "any"},
        "audit.read": {"operator": "any"},
        **{f"{_PAGE}{name}": _GARDEN_PAGE for name in _GARDEN_PAGES},
        f"{_PAGE}alerts": _FIGURES,
        **{f"{_PAGE}{name}": _FIGURES for name in PUBLIC_PAGES},
    }
)


def may(actor: Actor, action: str, site: str = "") -> bool:
    """Whether somebody may do something on a site, or for the whole city where none is named.

    A page without a site is asked for as such: whether it has anything to show to them.

    Raises
    ------
    ValueError  There is no such action.
    """
    if action not in RULES:
        raise ValueError(f"no action {action!r}; it is one of {', '.join(sorted(RULES))}")
    if action.removeprefix(_PAGE) in PUBLIC_PAGES:
        return True
    reaches = {RULES[action][role] for role in actor.roles if role in RULES[action]}
    if "any" in reaches:
        return True
    if "own" not in reaches:
        return False
    return actor.stands_in(site) or (action.startswith(_PAGE) and not site)


def check(actor: Actor, action: str, site: str = "") -> None:
    """Let pass who may.

    Raises
    ------
    Forbidden  They may not.
    """
    if not may(actor, action, site):
        raise Forbidden(action, site, actor.email)


def sees_every_site(actor: Actor) -> bool:
    """Whether somebody reads the pages of every garden."""
    return may(actor, f"{_PAGE}today", "\0")  # a site nobody stands in


def may_see_records(actor: Actor, scope: str) -> bool:
    """Whether somebody sees the figures of a place as they are, with the records behind them.

    `scope` is `city`, `commune:CODE`, `site:SLUG` or `plot:SLUG/PLOT`. Who sees every garden or
    answers for the city does; a gardener does for the own gardens; all others see what the rule of
    disclosure lets everybody see.
    """
    if sees_every_site(actor) or "official" in actor.roles:
        return True
    level, _, key = scope.partition(":")
    return level in {"site", "plot"} and actor.stands_in(key.partition("/")[0])
