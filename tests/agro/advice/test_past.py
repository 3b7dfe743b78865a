"""The balance behind the advice, as the bed page draws it."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from agro.advice.past import COLUMNS, past
from agro.store import open_store
from tests.agro.advice.conftest import NOW, PLANTED, Garden


def test_every_day_of_the_season_is_told(measured: Garden) -> None:
    with measured.engine.connect() as c:
        table = past(c, "garden", NOW)
    assert tuple(table.columns) == COLUMNS
    assert set(table["plot"]) == {"squash", "tunnel", "pots"}
    squash = table[table["plot"] == "squash"].set_index("day")
    assert squash.index[0] == PLANTED
    assert squash.index[-1] == NOW.date() - timedelta(days=1)
    assert (table["depletion"] >= 0).all()
    assert (table["depletion"] <= table["taw"] + 1e-9).all()
    assert np.isfinite(table["et"]).all()
    noted = (NOW - timedelta(days=2)).date()
    assert squash["irrigation"][noted] == pytest.approx(20.0 * 0.9)  # what reaches the roots


def test_nothing_is_known_of_nothing(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/agro.sqlite").connect() as c:
        assert past(c, "garden", NOW).empty
