"""Is it well? Reachable database, advice on time; how old the news is, as information."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from agro.config import now
from agro.errors import StoreError
from agro.server.source import Source
from agro.store import decisions, heartbeat, readings

# Advice is for today: older than this, the page shows yesterday's and somebody should know.
LATE_ADVICE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Health:
    """What `/healthz` answers; `reasons` is empty when all is well. Ages in seconds."""

    database: str
    last_reading_age_s: float | None = None
    advice_age_s: float | None = None
    processes_age_s: dict[str, float] = field(default_factory=dict)
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
        heard = readings.latest(c)["time"].max()
        issued = max((advice.issued_at for advice in decisions.latest(c)), default=None)
        late = issued is not None and at - issued > LATE_ADVICE
        reasons = (f"advice is older than {LATE_ADVICE}",) if late else ()
        return cls(
            database="reachable",
            last_reading_age_s=None if heard != heard else _age(at, heard.to_pydatetime()),
            advice_age_s=None if issued is None else _age(at, issued),
            processes_age_s={name: _age(at, time) for name, (time, _) in heartbeat.read(c).items()},
            reasons=reasons,
        )

    def as_json(self) -> dict[str, object]:
        """The answer's document."""
        return {"status": "ok" if self.ok else "failing", **asdict(self)}


def _age(at: datetime, time: datetime) -> float:
    return round((at - time).total_seconds(), 1)
