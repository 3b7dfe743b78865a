"""The balance behind the advice, as the bed page draws it."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from agro.config import settings
from agro.dashboard.past import COLUMNS, past
from agro.store import open_store

NOW = datetime(2026, 7, 21, 10, tzinfo=UTC)


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_every_day_of_the_season_closes(kept: str) -> None:
    with open_store(settings().database).connect() as c:
        table = past(c, "potager", NOW)
    assert tuple(table.columns) == COLUMNS
    assert set(table["plot"]) == {"p1"}
    assert table["day"].iloc[0] == date(2026, 5, 15)
    assert table["day"].iloc[-1] == date(2026, 7, 20)
    assert (table["depletion"] >= 0).all()
    assert (table["depletion"] <= table["taw"] + 1e-9).all()
    assert np.isfinite(table["et"]).all()
    watered = table.set_index("day")["irrigation"]
    assert watered[date(2026, 7, 19)] == pytest.approx(60.0 / 12.0 * 0.9)


@pytest.mark.parametrize("kept", ["empty"], indirect=True)
def test_nothing_is_known_of_nothing(kept: str) -> None:
    with open_store(settings().database).connect() as c:
        assert past(c, "potager", NOW).empty
