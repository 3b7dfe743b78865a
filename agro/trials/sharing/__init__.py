"""A trial for others: one file that gives the same numbers again, in words that machines know.

`bundle` makes the zip of an analysed trait, `again` computes it once more from that file alone;
`brapi` and `miappe` tell a trial in the vocabularies of plant research, `ground` reads from the
store where it stands.
"""

from agro.trials.sharing.again import Again, again
from agro.trials.sharing.brapi import brapi
from agro.trials.sharing.bundle import bundle, checklist, file_name, installed
from agro.trials.sharing.compare import Compared, Deviation
from agro.trials.sharing.facts import Ground, ground
from agro.trials.sharing.miappe import Checklist, miappe

__all__ = [
    "Again",
    "Checklist",
    "Compared",
    "Deviation",
    "Ground",
    "again",
    "brapi",
    "bundle",
    "checklist",
    "file_name",
    "ground",
    "installed",
    "miappe",
]
