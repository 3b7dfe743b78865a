"""What goes wrong, by who can mend it.

AgroError
├── BadInput     a person's file, form or option: one line for each fault
├── Forbidden    whoever asks may not do this, or not here
└── StoreError   the database cannot be opened, reached or migrated
"""

from collections.abc import Iterable


class AgroError(Exception):
    """Base of everything this application raises on purpose."""


class BadInput(AgroError):  # noqa: N818 - it is named for what the caller gave
    """Input that cannot be used; `lines` name file, row, field, value and what to do."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


class Forbidden(AgroError):  # noqa: N818 - it is named for what it says
    """`who` may not do `action` on `site` (empty: for the whole city)."""

    def __init__(self, action: str, site: str, who: str) -> None:
        self.action, self.site, self.who = action, site, who
        where = f"on {site}" if site else "for the whole city"
        super().__init__(f"{who or 'nobody signed in'} may not do {action} {where}")


class StoreError(AgroError):
    """The database cannot be opened, reached or migrated."""
