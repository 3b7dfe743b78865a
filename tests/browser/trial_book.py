"""The field book of the trial that `test_trial.py` tells: its values, and what R finds in them."""

from io import BytesIO

from openpyxl import load_workbook

TRAIT = "rendement"
WATER = {"pluvial": 0.0, "irrigué": 0.62}
VARIETY = {"Brune": 0.0, "Blanche": 0.09, "Noire": -0.04}
_LAID_OUT = ("block", "irrigation", "variété")
# R 4.2.2, on the values of `grown` in the layout of seed 7:
# summary(aov(y ~ irrigation * variety + Error(block / irrigation)))
R_TESTS = {  # df, df of the error, F, p
    "irrigation": (1, 3, 463.85259, 0.00021904883),
    "variété": (2, 12, 15.98368, 0.00041333787),
    "irrigation:variété": (2, 12, 1.393175, 0.28570745),
}
# emmeans(lmer(y ~ irrigation * variety + (1 | block) + (1 | block:irrigation)), ~irrigation,
# lmer.df = "kenward-roger"), lme4 and pbkrtest
R_MEANS = {  # mean, standard error, df, bounds of the interval at 95 % [t/ha]
    "irrigué": (2.8933333, 0.03962777, 4.0116975, 2.7834354, 3.0032313),
    "pluvial": (2.2366667, 0.03962777, 4.0116975, 2.1267687, 2.3465646),
}


class FieldBook:
    """The workbook that goes out, with a value on every plot; cells by plot and column."""

    def __init__(self, book: bytes) -> None:
        self._workbook = load_workbook(BytesIO(book))
        self._sheet = self._workbook.worksheets[0]
        heads = [str(cell.value).partition(" (")[0] for cell in self._sheet[1]]
        self._columns = {name: place for place, name in enumerate(heads, start=1)}
        last = self._sheet.max_row
        self.rows = {int(str(self._sheet.cell(row, 1).value)): row for row in range(2, last + 1)}
        for plot in self.rows:
            block, water, variety = (self.at(plot, name) for name in _LAID_OUT)
            self.put(plot, TRAIT, grown(plot, int(block), water, variety))

    def at(self, plot: int, column: str) -> str:
        """What stands there."""
        return str(self._sheet.cell(self.rows[plot], self._columns[column]).value)

    def put(self, plot: int, column: str, value: float | str) -> None:
        """Write something there."""
        self._sheet.cell(self.rows[plot], self._columns[column]).value = value

    def body(self) -> bytes:
        """The file."""
        written = BytesIO()
        self._workbook.save(written)
        return written.getvalue()


def grown(plot: int, block: int, water: str, variety: str) -> float:
    """A yield with a known effect of water and variety, and what looks like chance. [t/ha]"""
    chance = ((plot * 37) % 11 - 5) / 50
    return round(2.1 + WATER[water] + VARIETY[variety] + 0.05 * block + chance, 2)
