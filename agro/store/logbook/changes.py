"""Corrections: an entry's fields change, it is struck, it is restored; what was before is kept."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, insert, literal, select, update

from agro.config import now
from agro.records import LogEntry, Revision
from agro.store import schema
from agro.store.logbook.reading import one
from agro.store.logbook.rows import WRITTEN, Places, changes, columns, fields_of, reopen
from agro.store.values import from_epoch, to_epoch

CORRECTED, STRUCK, RESTORED = "corrected", "struck", "restored"
# Reasons that are no person's words: codes, which the words of the page turn into sentences.
SAID_AGAIN, UNDONE, REDONE = "said_again", "import_undone", "import_redone"


def correct(
    c: Connection,
    number: int,
    entry: LogEntry,
    *,
    who: str,
    reason: str = "",
    at: datetime | None = None,
) -> bool:
    """Let an entry say something else from now on; False when it says that already.

    Raises
    ------
    ValueError  There is no such entry, it is struck, it is of another site, or its new plot is not.
    """
    _hold(c, number)
    kept = one(c, number)
    if kept.struck_at is not None:
        raise ValueError(f"entry {number} is struck; restore it, then correct it")
    if kept.entry.site != entry.site:
        raise ValueError(f"entry {number} is of {kept.entry.site}, not of {entry.site}; strike it")
    site, plot = Places(c).of(entry)
    entry = _without_stale(kept.entry, entry)
    before, after = changes(kept.entry, entry)
    if not after:
        return False
    own = columns(entry)
    c.execute(update(schema.log).where(schema.log.c.id == number).values(plot_id=plot, **own))
    _tell(c, number, at, who=who, action=CORRECTED, before=before, after=after, reason=reason)
    old = to_epoch(kept.entry.time)
    reopen(c, [(site, kept.entry.type, old), (site, entry.type, own["time"])])
    return True


def strike(
    c: Connection, number: int, *, who: str, reason: str = "", at: datetime | None = None
) -> bool:
    """Take an entry back; False when it is struck already.

    Raises
    ------
    ValueError  There is no such entry.
    """
    one(c, number)
    return strike_all(c, schema.log.c.id == number, who, reason, at=at) == 1


def restore(
    c: Connection, number: int, *, who: str, reason: str = "", at: datetime | None = None
) -> bool:
    """Let a struck entry stand again; False when it stands.

    Raises
    ------
    ValueError  There is no such entry.
    """
    one(c, number)
    return bring_back(c, schema.log.c.id == number, who, reason, at=at) == 1


def history(c: Connection, number: int) -> list[Revision]:
    """Every change of an entry, oldest first.

    Raises
    ------
    ValueError  There is no such entry.
    """
    one(c, number)
    own = schema.log_revision.c
    asked = select(schema.log_revision).where(own.log_id == number).order_by(own.id)
    return [
        Revision(
            number,
            from_epoch(row["at"]),
            row["who"],
            row["action"],
            fields_of(row["before"]),
            fields_of(row["after"]),
            row["reason"],
        )
        for row in c.execute(asked).mappings()
    ]


def strike_all(
    c: Connection,
    which: ColumnElement[bool],
    who: str,
    reason: str,
    *,
    at: datetime | None = None,
) -> int:
    """Strike the standing entries of a condition on `log`; how many were."""
    when = to_epoch(at or now())
    which &= schema.log.c.struck_at.is_(None)
    return _turn(c, which, {"struck_at": when}, (when, who, STRUCK, reason))


def bring_back(
    c: Connection,
    which: ColumnElement[bool],
    who: str,
    reason: str,
    *,
    at: datetime | None = None,
    batch: int | None = None,
) -> int:
    """Restore the struck entries of a condition on `log`, into a batch; how many were."""
    when = to_epoch(at or now())
    which &= schema.log.c.struck_at.is_not(None)
    values = {"struck_at": None} | ({} if batch is None else {"batch_id": batch})
    return _turn(c, which, values, (when, who, RESTORED, reason))


def struck_by_undoing() -> ColumnElement[bool]:
    """Whether an entry of `log` is struck because its import was undone, not by hand."""
    log, change, file = schema.log.c, schema.log_revision.c, schema.log_batch.c
    then = (file.id == log.batch_id, file.undone_at == log.struck_at)
    so = (change.log_id == log.id, change.at == log.struck_at, change.reason == UNDONE)
    return exists().where(*then) & exists().where(*so)


def _turn(
    c: Connection,
    which: ColumnElement[bool],
    values: dict[str, Any],
    told: tuple[int, str, str, str],
) -> int:
    """Change the state of entries, keep a revision of each and reopen what depends on them."""
    log = schema.log.c
    asked = select(log.site_id, log.type, log.time).where(which).with_for_update()
    rows = [(site, type_, time) for site, type_, time in c.execute(asked)]
    if not rows:
        return 0
    at, who, action, reason = told
    own = ("log_id", "at", "who", "action", "before", "after", "reason")
    nothing = literal({}, schema.log_revision.c.before.type)
    said = (literal(at), literal(who), literal(action), nothing, nothing, literal(reason))
    kept = insert(schema.log_revision).from_select(own, select(log.id, *said).where(which))
    c.execute(kept)
    c.execute(update(schema.log).where(which).values(**values))
    reopen(c, rows)
    return len(rows)


def _without_stale(before: LogEntry, after: LogEntry) -> LogEntry:
    """An amount that changed is no longer the one that was written."""
    written = after.details.get(WRITTEN)
    same = (before.quantity, before.unit) == (after.quantity, after.unit)
    if written is None or same or written != before.details.get(WRITTEN):
        return after
    return replace(after, details={k: v for k, v in after.details.items() if k != WRITTEN})


def _hold(c: Connection, number: int) -> None:
    """Keep others from changing this entry until the end."""
    c.execute(select(schema.log.c.id).where(schema.log.c.id == number).with_for_update())


def _tell(c: Connection, number: int, at: datetime | None, **told: Any) -> None:
    row = {"log_id": number, "at": to_epoch(at or now()), **told}
    c.execute(insert(schema.log_revision).values(row))
