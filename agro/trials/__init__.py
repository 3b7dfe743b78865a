"""Field trials: a sheet as people keep it becomes what an analysis takes.

`read` takes the bytes of a CSV or a workbook, the column that is analysed and the part each other
column plays (`models.trials.model.Roles`). Good rows are kept; everything else is a `Finding` with
its row, column and value, which `agro.words.trials` turns into a sentence with the remedy.
"""

from agro.trials.findings import Finding
from agro.trials.parts import DESIGNS
from agro.trials.reading import Reading, read

__all__ = ["DESIGNS", "Finding", "Reading", "read"]
