"""A line between a browser and a server: so many bits a second, and so long on the way.

It carries everything, websockets too, which a browser's own emulation lets pass.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from urllib.parse import urlsplit

_PIECE = 4096  # bytes


@dataclass
class Line:
    """One direction: what went through it, and from when on it is free again."""

    rate: float  # bytes a second
    delay_s: float
    carried: int = 0
    _free_at: float = field(default=0.0)

    async def carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Everything of a connection, each piece when its turn and its way are over."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(_arrive(under_way, sink))
        with suppress(ConnectionError):  # the browser went to another page
            while piece := await source.read(_PIECE):
                self._free_at = max(self._free_at, perf_counter()) + len(piece) / self.rate
                self.carried += len(piece)
                await under_way.put((self._free_at + self.delay_s, piece))
                await asyncio.sleep(max(0.0, self._free_at - perf_counter()))
        await under_way.put((0.0, b""))
        await arriving


async def _arrive(
    under_way: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter
) -> None:
    while (piece := await under_way.get())[1]:
        await asyncio.sleep(max(0.0, piece[0] - perf_counter()))
        sink.write(piece[1])
    sink.close()


@contextmanager
def slow_line(address: str, *, megabits: float, round_trip_s: float) -> Iterator[tuple[str, Line]]:
    """The address at which a server answers through the line, and the way down."""
    host, port = urlsplit(address).hostname or "", urlsplit(address).port
    down = Line(megabits * 1e6 / 8, round_trip_s / 2)
    up = Line(megabits * 1e6 / 8, round_trip_s / 2)
    ready, told = threading.Event(), list[tuple[int, Callable[[], object]]]()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(host, port)
        ways = (up.carry(reader, far_writer), down.carry(far_reader, writer))
        with suppress(asyncio.CancelledError):  # the line is cut under who still talks
            await asyncio.gather(*ways)
        far_writer.close()
        writer.close()

    async def live() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        async with await asyncio.start_server(meet, "127.0.0.1", 0) as server:
            end = partial(loop.call_soon_threadsafe, stop.set)
            told.append((server.sockets[0].getsockname()[1], end))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
    thread.start()
    ready.wait(10)
    own, end = told[0]
    try:
        yield f"http://127.0.0.1:{own}", down
    finally:
        end()
        thread.join(10)
