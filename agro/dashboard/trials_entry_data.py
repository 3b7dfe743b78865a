"""What was measured in a trial as its page reads and writes it; what is written shows at once."""

from collections.abc import Sequence

import streamlit as st

from agro.access import records
from agro.dashboard import data, trials_data
from agro.store import trials as kept
from agro.store.trials import PlannedTrial, PlotValue, SheetBatch

_LIVE_S = 10


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def history(site: str, slug: str) -> list[PlotValue]:
    """Everything that was ever said of the plots of a trial, oldest first."""
    with data.engine().connect() as c:
        return kept.history(c, site, slug)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def sheets(site: str, slug: str) -> list[SheetBatch]:
    """What was entered together, newest first: sheets, and what was typed (without a file)."""
    with data.engine().connect() as c:
        return kept.batches(c, site, slug)


def enter(
    trial: PlannedTrial,
    said: Sequence[PlotValue],
    *,
    who: str,
    file: str = "",
    sha256: str = "",
    refused: int = 0,
) -> SheetBatch | None:
    """Store what is said of the plots; None when all of it was known already.

    Raises
    ------
    ValueError  A plot or a trait left the trial meanwhile.
    """
    told = {"enter": trial.slug, "values": len(said), "file": file}
    with data.acting("trial.write", trial.site, told) as c:
        done = kept.enter(
            c, trial.site, trial.slug, said, who=who, file=file, sha256=sha256, refused=refused
        )
    forget()
    return done


def undo(number: int) -> int:
    """Take back what was entered together; how many values were."""
    with data.acting("trial.write", records.of_sheet(number), {"undo": number}) as c:
        count = kept.undo_batch(c, number)
    forget()
    return count


def redo(number: int) -> int:
    """Let what was taken back count again; how many values do."""
    with data.acting("trial.write", records.of_sheet(number), {"redo": number}) as c:
        count = kept.redo_batch(c, number)
    forget()
    return count


def strike(number: int) -> None:
    """Take one statement back; what was said before it counts again."""
    with data.acting("trial.write", records.of_plot_value(number), {"strike": number}) as c:
        kept.strike(c, [number])
    forget()


def forget() -> None:
    """Let the next read see what was just written."""
    history.clear()
    sheets.clear()
    trials_data.forget()
