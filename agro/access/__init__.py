"""Who may do what: roles and sites, one table of rules, and the one door by which people write."""

from agro.access.actor import ANY_SITE, LOCAL, PUBLIC, ROLES, SYSTEM, Actor, Role
from agro.access.door import acting
from agro.access.rules import PUBLIC_PAGES, check, may, may_see_records, sees_every_site
from agro.access.who import SESSION_COOKIE, actor_of

__all__ = [
    "ANY_SITE",
    "LOCAL",
    "PUBLIC",
    "PUBLIC_PAGES",
    "ROLES",
    "SESSION_COOKIE",
    "SYSTEM",
    "Actor",
    "Role",
    "acting",
    "actor_of",
    "check",
    "may",
    "may_see_records",
    "sees_every_site",
]
