"""The store with the configured city in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agro.cli.output import store, tell

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from agro.config import Settings


@contextmanager
def city_store(settings: "Settings") -> Iterator["Engine"]:
    """The engine of the store; a store without a city first takes in the configured one's pack.

    Raises
    ------
    BadInput    The pack has faults: one line each.
    StoreError  The database cannot be opened, or it failed on the way.
    """
    from agro.store import farms

    with store(settings.database) as engine:
        with engine.connect() as c:
            city = farms.city(c)
        if city is None:
            save_city(engine, settings.city)
            tell(f"the store was empty; it now knows the city {settings.city}")
        yield engine


def load_city(settings: "Settings") -> None:
    """Bring the store up to date with the configured city's pack.

    Raises
    ------
    BadInput  The pack has faults: one line each.
    """
    with store(settings.database) as engine:
        save_city(engine, settings.city)


def save_city(engine: "Engine", city: str) -> None:
    """Write the pack of this name."""
    from agro.packs import read_pack
    from agro.store import farms, writing

    pack = read_pack(city)
    with writing(engine) as c:
        farms.save_pack(c, pack)
