"""What was concluded from a trial, when and from which data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from agro.config import now
from agro.store import schema
from agro.store.trials.planned import trial_id
from agro.store.values import from_epoch, to_epoch


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """An analysis of a trait: the same data, options and version give the same `result` again.

    `options` are the arguments of `models.trials.analysis.analyse` and the roles of the columns;
    `data_sha256` is that of the table the analysis took; `result` is the JSON document.
    """

    trait: str
    options: Mapping[str, Any]
    data_sha256: str
    version: str
    result: Mapping[str, Any] = field(repr=False)
    who: str = ""
    made_at: datetime | None = None
    number: int = 0


def keep_analysis(
    c: Connection, site: str, slug: str, one: StoredAnalysis, *, at: datetime | None = None
) -> int:
    """Store an analysis and return its number.

    Raises
    ------
    ValueError  There is no such trial.
    """
    table = schema.trial_analysis
    told = insert(table).values(
        trial_id=trial_id(c, site, slug),
        trait=one.trait,
        made_at=to_epoch(one.made_at or at or now()),
        who=one.who,
        options=dict(one.options),
        data_sha256=one.data_sha256,
        version=one.version,
        result=dict(one.result),
    )
    return int(c.execute(told.returning(table.c.id)).scalar_one())


def analyses(c: Connection, site: str, slug: str) -> list[StoredAnalysis]:
    """What was concluded from a trial, newest first."""
    table = schema.trial_analysis
    asked = select(table).where(table.c.trial_id == trial_id(c, site, slug))
    names = ("trait", "options", "data_sha256", "version", "result", "who")
    return [
        StoredAnalysis(
            made_at=from_epoch(row["made_at"]),
            number=row["id"],
            **{name: row[name] for name in names},
        )
        for row in c.execute(asked.order_by(table.c.id.desc())).mappings()
    ]
