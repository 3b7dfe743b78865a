"""The advice of a whole city: blocks of gardens, here, in several processes or on Dask's workers.

A block is advised from the store alone, so its numbers are the same wherever that is done.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import ceil

from agro.advice.city import BLOCK
from agro.advice.morning import advise
from agro.config import settings
from agro.records import Advice
from agro.scale.pool import Run
from agro.store.engine import create_unmigrated

_BLOCKS_EACH = 4  # for each process, so that none waits long for the last


@dataclass(frozen=True, slots=True)
class Advised:
    """The advice of a block of gardens."""

    number: int
    advices: tuple[Advice, ...]


def advise_block(block: tuple[int, tuple[str, ...]], database: str, at: datetime) -> Advised:
    """Advise the gardens of one block.

    Without `database` from the store that this process's own settings name: a worker on another
    machine knows its way to it and its password.
    """
    number, gardens = block
    engine = create_unmigrated(database or settings().database)
    try:
        with engine.connect() as c:
            return Advised(number, tuple(advise(c, among=gardens, at=at)))
    finally:
        engine.dispose()


def advise_city(
    gardens: Sequence[str],
    at: datetime,
    *,
    database: str,
    run: Run,
    workers: int = 1,
    told: Callable[[int], None] | None = None,
) -> list[Advice]:
    """The advice of all plots of these gardens, in their order; `told` hears how many are done."""
    done: dict[int, Advised] = {}
    count = 0
    for one in run(partial(advise_block, database=database, at=at), blocks(gardens, workers)):
        done[one.number] = one
        count += len(one.advices)
        if told:
            told(count)
    return [advice for number in sorted(done) for advice in done[number].advices]


def blocks(gardens: Sequence[str], workers: int) -> list[tuple[int, tuple[str, ...]]]:
    """Gardens in numbered blocks, small enough for memory and enough for all workers."""
    size = max(min(ceil(len(gardens) / (_BLOCKS_EACH * max(workers, 1))), BLOCK), 1)
    starts = range(0, len(gardens), size)
    return [(number, tuple(gardens[i : i + size])) for number, i in enumerate(starts)]
