"""Few pages are drawn at once; nobody waits for ever."""

from contextlib import suppress
from threading import Event, Thread
from time import monotonic

import pytest

from agro.dashboard import turns
from agro.dashboard.turns import AT_ONCE, turn


class _Visitor(Thread):
    """Somebody whose page is drawn until they are told to go."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.is_in, self.leaves = Event(), Event()
        self.start()

    def run(self) -> None:
        with suppress(RuntimeError), turn():
            self.is_in.set()
            self.leaves.wait(10)
            raise RuntimeError  # however the page ends

    def go(self) -> None:
        self.leaves.set()
        self.join(10)


def test_one_more_waits_until_one_has_gone() -> None:
    first = [_Visitor() for _ in range(AT_ONCE)]
    assert all(one.is_in.wait(5) for one in first)
    late = _Visitor()
    assert not late.is_in.wait(0.2)
    first[0].go()
    assert late.is_in.wait(5)
    for one in (*first, late):
        one.go()


def test_who_waited_long_goes_on_and_leaves_the_places_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "LONGEST_S", 0.1)
    first = [_Visitor() for _ in range(AT_ONCE)]
    assert all(one.is_in.wait(5) for one in first)
    began = monotonic()
    with turn():
        assert monotonic() - began >= 0.1
    for one in first:
        one.go()
    again = [_Visitor() for _ in range(AT_ONCE)]
    assert all(one.is_in.wait(5) for one in again)
    for one in again:
        one.go()
