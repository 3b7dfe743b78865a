"""A device is limited by the times it states; what is refused is counted once."""

from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from agro.limits import HOUR_S, RateLimit, Told, mark

START = 1_780_000_000 // HOUR_S * HOUR_S


def test_a_backlog_of_months_is_taken_in_one_second() -> None:
    limit = RateLimit(1.0)
    assert all(limit.takes("probe", START + minute * 60) for minute in range(90 * 24 * 60))


def test_a_flood_of_one_hour_is_refused_from_the_limit_on() -> None:
    limit = RateLimit(2.0)
    taken = [limit.takes("probe", START + n % HOUR_S) for n in range(500)]
    assert taken == [True] * 120 + [False] * 380
    assert limit.takes("another", START)
    assert limit.takes("probe", START + HOUR_S)


def test_hours_are_told_apart_in_any_order() -> None:
    limit = RateLimit(0.05)  # three an hour
    hours = [0, 5, 0, 5, 5, 0, 0, 5]
    taken = [limit.takes("probe", START + hour * HOUR_S) for hour in hours]
    assert taken == [True] * 6 + [False] * 2


def test_what_it_remembers_is_bounded() -> None:
    limit = RateLimit(1.0)
    for n in range(60_000):
        limit.takes(f"probe-{n}", START)
    assert len(limit._taken) == 50_000


def test_a_mark_tells_packet_topic_and_body_apart() -> None:
    told = {mark(1, "a", b"b"), mark(2, "a", b"b"), mark(1, "b", b"b"), mark(1, "a", b"c")}
    assert len(told) == 4
    assert mark(1, "a", b"b") in told
    assert mark(1, "\udcff", b"") == mark(1, "\udcff", b"")


MOST = 8


@example(
    refused=[n == 6 for n in range(10)],
    steps=[(1, "ack"), (6, "lost"), (1, "ack"), (1, "ack"), (7, "lost")],
)
@example(refused=[n == 6 for n in range(20)], steps=[(7, "lost"), *[(1, "lost")] * 20])
@given(
    refused=st.lists(st.booleans(), max_size=120),
    steps=st.lists(st.tuples(st.integers(1, MOST), st.sampled_from(["ack", "lost", "crash"]))),
)
def test_each_refused_message_is_counted_once_whatever_dies(
    refused: list[bool], steps: list[tuple[int, str]]
) -> None:
    """A broker with a window of `MOST`, and a collector that dies before or after its commit."""
    waiting, flying, sent_before = list(range(len(refused))), list[int](), set[int]()
    counted: Counter[int] = Counter()
    told, kept = Told(MOST), ""
    for size, fate in [*steps, *[(MOST, "ack")] * (len(refused) // MOST + len(steps) + 1)]:
        while waiting and len(flying) < MOST:
            flying.append(waiting.pop(0))
        batch = flying[:size]
        new = [n for n in batch if not (n in sent_before and str(n) in told)]
        first = sum(n not in sent_before for n in batch)
        sent_before.update(batch)
        excess = [n for n in new if refused[n]]
        told.after(first, map(str, excess))
        if fate == "crash":  # before the commit: nothing of this batch has happened
            told = Told(MOST, kept)
            continue
        counted.update(excess)
        kept = str(told)
        if fate == "lost":  # after it: the acknowledgements are lost
            told = Told(MOST, kept)
        else:
            flying = flying[size:]
    assert not waiting
    assert not flying
    assert counted == Counter(n for n, is_refused in enumerate(refused) if is_refused)
