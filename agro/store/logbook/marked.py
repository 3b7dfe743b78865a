"""Entries that carry a name of their own, given where they were tapped, before they were sent.

What is sent again, because nobody heard that it had arrived, is found by it and not written twice.
"""

from datetime import datetime

from sqlalchemy import Connection, select

from agro.records import Noted
from agro.store import schema
from agro.store.logbook.reading import one
from agro.store.values import to_epoch

NOTE_ID = "note_id"  # of `details`


def marked(c: Connection, site: str, note_id: str, *, since: datetime) -> Noted | None:
    """The entry of a site that carries this name, also when it is struck; None: there is none."""
    log = schema.log.c
    asked = (
        select(log.id)
        .join_from(schema.log, schema.site, schema.site.c.id == log.site_id)
        .where(schema.site.c.slug == site, log.time >= to_epoch(since))
        .where(log.details[NOTE_ID].as_string() == note_id)
        .order_by(log.id)
        .limit(1)
    )
    number = c.scalar(asked)
    return None if number is None else one(c, number)


def hold(c: Connection, site: str) -> None:
    """Let nobody else note by name on this site until the end of the transaction."""
    held = schema.site.c
    c.execute(select(held.id).where(held.slug == site).with_for_update(key_share=True))
