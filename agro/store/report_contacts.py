"""Who reported: a name, a telephone number, an address of electronic mail, for a stated time.

Kept apart from the reports. What is past its day is not given out, whether it was deleted yet or
not; who may ask at all is decided by `agro.city`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from agro.store import schema
from agro.store.values import from_epoch, to_epoch, upsert


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody who reported can be reached, until when that is kept."""

    name: str
    phone: str
    email: str
    given_at: datetime
    until: datetime

    @property
    def is_reachable(self) -> bool:
        """Whether it says by what somebody can be reached."""
        return bool(self.phone or self.email)


def write(c: Connection, number: int, contact: Contact) -> None:
    """Keep how who made a report can be reached."""
    row = {
        "report_id": number,
        "name": contact.name,
        "phone": contact.phone,
        "email": contact.email,
        "given_at": to_epoch(contact.given_at),
        "until": to_epoch(contact.until),
    }
    upsert(c, schema.report_contact, [row], ("report_id",))


def read(c: Connection, number: int, at: datetime) -> Contact | None:
    """How who made a report can be reached; None where nobody said so, or its day is past."""
    own = schema.report_contact.c
    query = select(own.name, own.phone, own.email, own.given_at, own.until).where(
        own.report_id == number, own.until > to_epoch(at)
    )
    row = c.execute(query).first()
    if row is None:
        return None
    name, phone, email, given_at, until = row
    return Contact(name, phone, email, from_epoch(given_at), from_epoch(until))


def forget(c: Connection, at: datetime) -> int:
    """Delete what is past its day; how many that were."""
    table = schema.report_contact
    return c.execute(delete(table).where(table.c.until <= to_epoch(at))).rowcount


def erase(c: Connection, number: int) -> bool:
    """Delete at once how who made a report can be reached; False when nothing was kept."""
    table = schema.report_contact
    return c.execute(delete(table).where(table.c.report_id == number)).rowcount == 1
