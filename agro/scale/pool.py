"""The same work in this process, in several on this machine, or on a Dask scheduler's workers."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Protocol, TypeVar

from agro.errors import AgroError

Given = TypeVar("Given")
Made = TypeVar("Made")
_CONNECT_S = 10
_AHEAD = 4  # pieces given out to each worker at once


class Run(Protocol):
    """Applies a function to each item; results come in any order."""

    def __call__(
        self, function: Callable[[Given], Made], items: Sequence[Given], /
    ) -> Iterator[Made]:
        """The results."""
        ...


@contextmanager
def pool(scheduler: str = "", workers: int = 0) -> Iterator[Run]:
    """A way to run: on the scheduler at this address, in `workers` processes, or right here.

    Raises
    ------
    AgroError  Dask is not installed, or the scheduler does not answer.
    """
    if not scheduler and not workers:
        yield lambda function, items: map(function, items)
        return
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        told = "several processes need Dask; install it with: pip install 'agro[scale]'"
        raise AgroError(told) from error
    logging.getLogger("distributed").setLevel(logging.ERROR)
    if scheduler:
        try:
            client = Client(scheduler, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            told = f"no Dask scheduler answers at {scheduler}; start one with: dask scheduler"
            raise AgroError(told) from error
        with client:
            yield _on(client)
        return
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",  # this machine only, on any free port
            silence_logs=logging.ERROR,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield _on(client)


def _on(client: Any) -> Run:
    """Pieces go out a few at a time: what is done is taken before much waits at the scheduler."""
    from distributed import as_completed

    def run(function: Callable[[Given], Made], items: Sequence[Given]) -> Iterator[Made]:
        threads = sum(client.nthreads().values())
        if not threads:
            client.wait_for_workers(1, timeout=_CONNECT_S)
            threads = sum(client.nthreads().values())
        waiting = iter(items)

        def submit(item: Given) -> Any:
            return client.submit(function, item, pure=False, retries=2)

        first = [submit(item) for item in islice(waiting, _AHEAD * threads)]
        done = as_completed(first, loop=client.loop)
        for future in done:
            yield future.result()
            future.release()
            following = next(waiting, None)
            if following is not None:
                done.add(submit(following))

    return run
