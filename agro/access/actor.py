"""Whoever does something: a person with roles and sites, nobody known, or the machine itself."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["farmer", "researcher", "official", "operator"]
ROLES: tuple[Role, ...] = ("farmer", "researcher", "official", "operator")
ANY_SITE = "*"  # among an actor's sites it stands for every garden


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `sites` are the own gardens, by slug; `email` is empty for who has no account."""

    email: str
    name: str
    roles: frozenset[Role]
    sites: frozenset[str] = frozenset()

    @property
    def is_public(self) -> bool:
        """Whether this is anybody, as they came."""
        return not self.roles

    def stands_in(self, site: str) -> bool:
        """Whether a garden is one of the own ones."""
        return bool(site) and (site in self.sites or ANY_SITE in self.sites)


PUBLIC = Actor("", "", frozenset())
SYSTEM = Actor("system", "", frozenset(ROLES), frozenset({ANY_SITE}))
# A store without any account, asked on its own machine: as open as a notebook on a table. Who
# reported what stays closed, because that takes the city's role.
LOCAL = Actor("", "", frozenset({"farmer", "operator"}), frozenset({ANY_SITE}))
