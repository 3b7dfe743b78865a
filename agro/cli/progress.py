"""How far long work is: a bar on a terminal, one line elsewhere, nothing with `--json`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agro.cli.output import tell

Told = Callable[[str, int, int], None]  # what is being done, how far, of how much (0: not known)


@contextmanager
def progress(what: str, *, quiet: bool = False) -> Iterator[Told]:
    """Shows what it is told, on standard error."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    shown = console.is_terminal and not quiet
    if not shown and not quiet:
        tell(what)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, *times, console=console, disable=not shown) as bar:
        task = bar.add_task(what, total=None)

        def told(text: str, done: int, total: int) -> None:
            bar.update(task, description=text, completed=done, total=total or None)

        yield told
