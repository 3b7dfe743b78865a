"""The buffer between two threads: in order, bounded by count and by bytes, quick to wake."""

import threading
import time

import pytest

from sensors.buffer import Buffer


def test_items_come_in_order_and_once() -> None:
    buffer: Buffer[int] = Buffer(100, 1000)
    for n in range(10):
        assert buffer.put(n, 1, max_wait=0)
    assert buffer.take(4, max_wait=1, quiet=0.01) == [0, 1, 2, 3]
    assert len(buffer) == 6
    assert buffer.take(100, max_wait=1, quiet=0.01) == [4, 5, 6, 7, 8, 9]
    assert buffer.take(1, max_wait=0.01, quiet=0.01) == []


def test_it_holds_so_many_items() -> None:
    buffer: Buffer[int] = Buffer(2, 1000)
    assert [buffer.put(n, 1, max_wait=0) for n in range(3)] == [True, True, False]
    buffer.take(1, max_wait=1, quiet=0)
    assert buffer.put(3, 1, max_wait=0)


def test_it_holds_so_many_bytes_and_any_single_item() -> None:
    buffer: Buffer[str] = Buffer(100, 1000)
    assert buffer.put("big", 5000, max_wait=0)
    assert not buffer.put("small", 1, max_wait=0)
    assert buffer.take(9, max_wait=1, quiet=0) == ["big"]
    assert buffer.put("half", 500, max_wait=0)
    assert buffer.put("half", 500, max_wait=0)
    assert not buffer.put("small", 1, max_wait=0)


def test_who_waits_for_room_gets_it() -> None:
    buffer: Buffer[int] = Buffer(1, 10)
    buffer.put(1, 1, max_wait=0)
    done: list[bool] = []
    thread = threading.Thread(target=lambda: done.append(buffer.put(2, 1, max_wait=10)))
    thread.start()
    time.sleep(0.05)
    assert buffer.take(1, max_wait=1, quiet=0) == [1]
    thread.join(5)
    assert done == [True]
    assert buffer.take(1, max_wait=1, quiet=0) == [2]


def test_a_full_batch_does_not_wait_and_a_silence_ends_one() -> None:
    buffer: Buffer[int] = Buffer(100, 1000)
    for n in range(5):
        buffer.put(n, 1, max_wait=0)
    start = time.monotonic()
    assert len(buffer.take(5, max_wait=10, quiet=10)) == 5
    assert time.monotonic() - start < 1
    buffer.put(5, 1, max_wait=0)
    assert buffer.take(5, max_wait=10, quiet=0.05) == [5]
    assert time.monotonic() - start < 2


def test_nothing_is_lost_between_threads() -> None:
    buffer: Buffer[int] = Buffer(50, 10_000)
    count, got = 5000, list[int]()

    def receive() -> None:
        for n in range(count):
            while not buffer.put(n, n % 300, max_wait=1):
                pass

    thread = threading.Thread(target=receive)
    thread.start()
    deadline = time.monotonic() + 30
    while len(got) < count and time.monotonic() < deadline:
        batch = buffer.take(32, max_wait=0.5, quiet=0.002)
        assert len(batch) <= 32
        got += batch
    thread.join(5)
    assert got == list(range(count))


@pytest.mark.parametrize("max_wait", [0.0, 0.05])
def test_an_empty_buffer_is_waited_for_so_long(max_wait: float) -> None:
    buffer: Buffer[int] = Buffer(1, 1)
    start = time.monotonic()
    assert buffer.take(1, max_wait=max_wait, quiet=5) == []
    assert max_wait <= time.monotonic() - start < max_wait + 1
