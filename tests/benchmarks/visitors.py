"""People with a page open, who say what the page's own script says: Streamlit's websocket.

A run is timed from the click to the last word of the page's script, so it holds what a visitor
waits for: the queue before the script, the script, and its messages on their way. What a page
asks again by itself (once a minute at most) is left out beside what people ask.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from agro.access.who import SESSION_COOKIE

_WITHIN_S = 120.0
_DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
_FAULTY = 'class="state error"'  # of agro.dashboard.parts.error


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a page's script as its visitor saw it: seconds, bytes and messages that came."""

    page: str
    seconds: float
    bytes: int
    messages: int


@dataclass
class Visitor:
    """One open page."""

    wire: ClientConnection
    _pages: dict[str, str] = field(default_factory=dict)  # page → its hash

    async def open(self, page: str, query: str = "") -> Run:
        """Load a page by its address."""
        said = BackMsg()
        said.rerun_script.page_name = "" if page == "today" else page
        said.rerun_script.query_string = query
        return await self._run(page, said)

    async def go(self, page: str, query: str = "") -> Run:
        """Follow a link to a page, or click on the same one again."""
        said = BackMsg()
        said.rerun_script.page_script_hash = self._pages[page]
        said.rerun_script.query_string = query
        return await self._run(page, said)

    async def _run(self, page: str, said: BackMsg) -> Run:
        began, size, messages, is_done = perf_counter(), 0, 0, False
        await self.wire.send(said.SerializeToString())
        async with asyncio.timeout(_WITHIN_S):
            while not is_done:
                heard = await self.wire.recv(decode=False)
                size, messages = size + len(heard), messages + 1
                is_done = self._is_last(ForwardMsg.FromString(heard), page)
        return Run(page, perf_counter() - began, size, messages)

    def _is_last(self, told: ForwardMsg, page: str) -> bool:
        kind = told.WhichOneof("type")
        if kind == "navigation":
            own = told.navigation.app_pages
            self._pages |= {one.url_pathname or "today": one.page_script_hash for one in own}
        if kind == "delta":
            element = told.delta.new_element
            assert element.WhichOneof("type") != "exception", (page, element.exception.message)
            assert _FAULTY not in element.html.body, (page, element.html.body)
        return kind == "script_finished" and told.script_finished in _DONE


@asynccontextmanager
async def visit(address: str, token: str) -> AsyncIterator[Visitor]:
    """Somebody who is signed in comes to the server, and leaves in the end."""
    wire = await connect(
        f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers={"Cookie": f"{SESSION_COOKIE}={token}"},
        max_size=None,
        ping_interval=None,
    )
    async with wire:
        yield Visitor(wire)


async def walk(
    address: str,
    token: str,
    pages: Sequence[tuple[str, str]],
    *,
    number: int,
    until: float,
    pause_s: tuple[float, float],
) -> list[Run]:
    """One person of many: comes within the first pause, then goes from page to page.

    `until` is a moment of `perf_counter`; the person stays to the end of the walk.
    """
    chance, runs = random.Random(number), list[Run]()
    await asyncio.sleep(chance.uniform(0.0, pause_s[1]))
    async with visit(address, token) as person:
        runs.append(await person.open(*chance.choice(pages)))
        while perf_counter() < until:
            await asyncio.sleep(chance.uniform(*pause_s))
            runs.append(await person.go(*chance.choice(pages)))
    return runs


async def crowd(
    address: str,
    token: str,
    pages: Sequence[tuple[str, str]],
    *,
    people: int,
    seconds: float,
    pause_s: tuple[float, float],
) -> list[Run]:
    """Many people at once for some time: every run of theirs."""
    until = perf_counter() + seconds
    walks = [
        walk(address, token, pages, number=number, until=until, pause_s=pause_s)
        for number in range(people)
    ]
    return [run for runs in await asyncio.gather(*walks) for run in runs]
