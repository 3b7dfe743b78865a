"""Whose a record is: its site, read from the record itself in the transaction that changes it.

Each function gives what `acting` takes as a site. A record that is not there raises ValueError.
"""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Column, Connection, Select, Table, select

from agro.store import schema

Derived = Callable[[Connection], tuple[str, ...]]


def of_entries(numbers: Iterable[int], *also: str) -> Derived:
    """Of entries of the logbook, deliveries among them; `also` is what else is touched."""
    return _of(schema.log, "no entry {} in the logbook", numbers, also)


def of_imports(number: int) -> Derived:
    """Of a file that was imported into the logbook."""
    return _of(schema.log_batch, "no import {}; agro logbook batches lists them", [number])


def of_offer(number: int, *also: str) -> Derived:
    """Of a surplus that is offered."""
    return _of(schema.offer, "no offer {}", [number], also)


def of_figures(numbers: Iterable[int], *also: str) -> Derived:
    """Of figures from outside; one of the whole city has the empty site."""
    return _of(schema.indicator_record, "no figure {}", numbers, also)


def of_survey(number: int) -> Derived:
    """Of a survey."""
    asked = select(schema.survey_revision.c.survey, schema.site.c.slug).join_from(
        schema.survey_revision, schema.site
    )
    return lambda c: _found(c, asked, schema.survey_revision.c.survey, [number], "no survey {}")


def of_sheet(number: int) -> Derived:
    """Of values of a trial that were entered together."""
    own = schema.trial_batch
    asked = select(own.c.id, schema.site.c.slug).select_from(
        own.join(schema.trial).join(schema.site, schema.trial.c.site_id == schema.site.c.id)
    )
    line = "no sheet {}; agro trial sheets lists them"
    return lambda c: _found(c, asked, own.c.id, [number], line)


def of_plot_value(number: int) -> Derived:
    """Of one value of a trial."""
    own = schema.trial_value
    asked = select(own.c.id, schema.site.c.slug).select_from(
        own.join(schema.trial_plot)
        .join(schema.trial, schema.trial_plot.c.trial_id == schema.trial.c.id)
        .join(schema.site, schema.trial.c.site_id == schema.site.c.id)
    )
    return lambda c: _found(c, asked, own.c.id, [number], "no value {} of a trial")


def of_device(name: str, *also: str) -> Derived:
    """Where a device stands now, and where it shall stand; a stranger's stands nowhere."""
    own, stood = schema.thing, schema.site

    def sites(c: Connection) -> tuple[str, ...]:
        asked = select(stood.c.slug).join_from(own, stood, own.c.site_id == stood.c.id)
        return (*c.scalars(asked.where(own.c.device == name)), *also)

    return sites


def all_of(*derived: Derived) -> Derived:
    """Of everything that one write touches."""
    return lambda c: tuple(site for one in derived for site in one(c))


def _of(table: Table, line: str, numbers: Iterable[int], also: Sequence[str] = ()) -> Derived:
    asked = select(table.c.id, schema.site.c.slug).select_from(
        table.outerjoin(schema.site, table.c.site_id == schema.site.c.id)
    )
    wanted = list(numbers)
    return lambda c: (*_found(c, asked, table.c.id, wanted, line), *also)


def _found(
    c: Connection, asked: Select[int, str], number: Column[int], wanted: Sequence[int], line: str
) -> tuple[str, ...]:
    """The sites of all that are wanted.

    Raises
    ------
    ValueError  One of them is not there, as `line` says of its number.
    """
    found = {row[0]: row[1] or "" for row in c.execute(asked.where(number.in_(wanted)))}
    for one in wanted:
        if one not in found:
            raise ValueError(line.format(one))
    return tuple(found[one] for one in wanted)
