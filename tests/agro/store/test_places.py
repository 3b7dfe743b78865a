"""Stores of before know nothing of places; what they hold stays, and reads as nothing told."""

from math import isnan
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect

from agro import store as store_package
from agro.packs import read_pack
from agro.store import farms, open_store, writing
from agro.store.engine import migrate

_COLUMNS = {"mulch", "mulch_cover", "et0_share", "soil_salinity", "water_table", "canopy_cover"}


@pytest.mark.service
def test_a_store_of_before_gets_its_places(database_url: str) -> None:
    engine = open_store(database_url)
    pack = read_pack("dijon")
    with writing(engine) as c:
        farms.save_pack(c, pack)
    config = Config()
    config.set_main_option("script_location", f"{Path(store_package.__file__).parent}/migrations")
    with writing(engine) as c:
        config.attributes["connection"] = c
        command.downgrade(config, "0004")
    before = inspect(engine)
    assert not _COLUMNS & {column["name"] for column in before.get_columns("plot")}
    assert "cuts" not in {column["name"] for column in before.get_columns("planting")}
    migrate(engine)
    with engine.connect() as c:
        plots, plantings = farms.plots(c), farms.plantings(c)
    assert [plot.name for plot in plots] == [plot.name for plot in pack.plots]
    assert all(plot.mulch == "" and isnan(plot.et0_share) for plot in plots)
    assert {planting.cuts for planting in plantings} == {()}
    with writing(engine) as c:
        farms.save_pack(c, pack)
        assert [repr(plot) for plot in farms.plots(c)] == [repr(plot) for plot in pack.plots]
    engine.dispose()
