"""Is it well? Reachable database, processes alive, advice on time; ages of the news beside it."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from agro.checks import Check, examine_work, failures
from agro.config import now
from agro.errors import StoreError
from agro.server.source import Source
from agro.store import health, heartbeat


@dataclass(frozen=True, slots=True)
class Health:
    """What `/healthz` answers; `reasons` is empty when all is well. Ages in seconds.

    Devices that are silent do not make the service unwell: `agro doctor` looks at them.
    """

    database: str
    last_reading_age_s: float | None = None
    advice_age_s: float | None = None
    processes_age_s: dict[str, float] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing needs a person."""
        return not self.reasons

    @classmethod
    def of(cls, source: Source) -> "Health":
        """Ask the database how things stand."""
        try:
            with source.connect() as c:
                return cls._read(c, now())
        except (StoreError, SQLAlchemyError) as error:
            told = str(error).strip().splitlines()[0]
            return cls(database="unreachable", reasons=(f"database unreachable: {told}",))

    @classmethod
    def _read(cls, c: Connection, at: datetime) -> "Health":
        checks = examine_work(c, at)
        heard = health.flow(c, at).newest
        issued = max((one.issued_at for one in health.decided(c)), default=None)
        return cls(
            database="reachable",
            last_reading_age_s=None if heard is None else _age(at, heard),
            advice_age_s=None if issued is None else _age(at, issued),
            processes_age_s={name: _age(at, time) for name, (time, _) in heartbeat.read(c).items()},
            checks=tuple(checks),
            reasons=tuple(f"{one.check}: {one.found}; {one.to_do}" for one in failures(checks)),
        )

    def as_json(self) -> dict[str, object]:
        """The answer's document."""
        return {"status": "ok" if self.ok else "failing", **asdict(self)}


def _age(at: datetime, time: datetime) -> float:
    return round((at - time).total_seconds(), 1)
