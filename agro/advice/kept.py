"""The soil-moisture models that training has kept, and which of them a morning may use.

Each kept model lies under the last day of its data beside those before it. A morning uses the
newest whose data ended before it, so that an old morning run again is told by the same model.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from models.irrigation import moisture_model
from models.learning import saving

FILE = "soil_moisture.skops"  # the newest, for whoever asks for one
OLDEST = timedelta(days=400)  # after a year and a month what was learned is the past's
LEAST_JUDGED = 20  # held-out forecasts of a probe, below which nothing is said for it
CLEARLY = 0.98  # of the better rival's error
_IN_MEMORY = 4  # models: several days' mornings may be run again side by side


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept model. `trained_until` is the last day of its data."""

    model: moisture_model.Correction
    card: saving.Card
    trained_until: date

    def number(self, place: str, depth_cm: float) -> int | None:
        """The probe of a place (`site/plot/device`) and depth; None where it was not learned."""
        known = enumerate(self.model.probes)
        return next((n for n, (at, cm) in known if at == place and abs(cm - depth_cm) < 0.5), None)

    def rows(self, probe: int, *, dry: bool = False) -> list[dict[str, float]]:
        """The held-out scores of a probe, one row for each horizon. [m³ m⁻³]"""
        return self.card.held_out.get(series_key(*self.model.probes[probe], dry=dry), [])

    def believed(self, probe: int) -> tuple[int, ...]:
        """Horizons at which it clearly beat bucket and persistence, on all days and on dry ones.

        Dry days are asked for by themselves because the advice asks what a bed loses on them. Of
        many probes some win by chance: all of them together must win there too.
        """
        won = [_won(self.rows(probe, dry=dry), CLEARLY) for dry in (False, True)]
        won += [_won(self.card.held_out.get(name, []), 1.0) for name in ("all", "all dry")]
        return tuple(sorted(set.intersection(*won) & set(self.model.learned)))


def _won(rows: list[dict[str, float]], share: float) -> set[int]:
    """Horizons at which the chosen error is below this share of the better rival's."""
    return {
        int(row["days"])
        for row in rows
        if row["n"] >= LEAST_JUDGED
        and row["chosen"] < share * min(row["bucket"], row["persistence"])
    }


def series_key(place: str, depth_cm: float, *, dry: bool = False) -> str:
    """The name under which a card holds the scores of a probe."""
    return f"{place} {depth_cm:g} cm" + (" dry" if dry else "")


def dated(folder: Path, last_day: str) -> Path:
    """The file of the model whose data ended on this ISO day."""
    return folder / f"soil_moisture-{last_day}.skops"


def kept_before(folder: Path, today: date) -> Kept | None:
    """The newest model whose data ended before `today`; None without one, or with an old one."""
    names = {one.name for one in folder.glob("soil_moisture-*.skops")}
    first, last = (dated(folder, f"{day}").name for day in (today - OLDEST, today))
    for name in sorted((one for one in names if first <= one < last), reverse=True):
        file = folder / name
        found = _loaded(file, file.stat().st_mtime_ns)
        if found is not None:
            return found
    return None


@lru_cache(maxsize=_IN_MEMORY)
def _loaded(file: Path, _written: int) -> Kept | None:
    """The model of a file, once in a process as long as the file stays as it is."""
    found = read(file)
    if found is None:
        return None
    model, card = found
    return Kept(model, card, date.fromisoformat(card.last_day))


def read(file: Path) -> tuple[moisture_model.Correction, saving.Card] | None:
    """The kept model and its card; None where there is none or it is of another version."""
    if not file.exists():
        return None
    try:
        model, card = saving.unpacked(file.read_bytes(), trusted=moisture_model.TRUSTED)
    except (ValueError, KeyError, TypeError, ImportError, AttributeError):
        return None
    return (model, card) if isinstance(model, moisture_model.Correction) else None
