"""The crop plan: what stands on each bed, when it will be ripe, what threatens it, what comes next.

`plan` looks at every planting of a garden, `preview` at one that is only thought of; `add` and
`end` keep what a person decides. Codes and numbers only: `agro.words` makes the sentences.
"""

from agro.crop_plan.edit import Fault, add, end, faults, named
from agro.crop_plan.export import as_csv, as_xlsx, rows
from agro.crop_plan.foresee import Outlook, Planned, foresee, plan, preview, warmth_of

__all__ = [
    "Fault",
    "Outlook",
    "Planned",
    "add",
    "as_csv",
    "as_xlsx",
    "end",
    "faults",
    "foresee",
    "named",
    "plan",
    "preview",
    "rows",
    "warmth_of",
]
