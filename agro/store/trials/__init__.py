"""Field trials: their layouts, what was measured on each plot, and what was found.

`planned` keeps what a trial is and where its plots lie; `measured` every value that was ever said,
of which the last that stands counts; `analysed` what was concluded, so that it can be made again.
"""

from agro.store.trials.analysed import StoredAnalysis, analyses, keep_analysis
from agro.store.trials.measured import (
    PlotValue,
    Progress,
    SheetBatch,
    batches,
    counted,
    enter,
    history,
    progress,
    redo_batch,
    strike,
    undo_batch,
    values,
)
from agro.store.trials.planned import (
    PlannedTrial,
    Trait,
    TrialPlot,
    bring_back,
    place,
    planned,
    put_away,
    save,
    save_book,
    save_traits,
    trial_of,
)

__all__ = [
    "PlannedTrial",
    "PlotValue",
    "Progress",
    "SheetBatch",
    "StoredAnalysis",
    "Trait",
    "TrialPlot",
    "analyses",
    "batches",
    "bring_back",
    "counted",
    "enter",
    "history",
    "keep_analysis",
    "place",
    "planned",
    "progress",
    "put_away",
    "redo_batch",
    "save",
    "save_book",
    "save_traits",
    "strike",
    "trial_of",
    "undo_batch",
    "values",
]
