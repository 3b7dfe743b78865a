"""The open gaps are the frames that did not come, in whatever order and how often others came."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from agro.store import frames, schema, writing
from agro.store.frames import FILLED, GIVEN_UP, OPEN, SETTLE_S, Heard
from agro.store.ingest import Message, ingest, read_envelopes
from agro.store.ingest import store as store_batch
from sensors.frame_counter import Frame
from sensors.simulated.networks import Transmission, chirpstack, the_things_stack

START, EVERY_S = 1_790_000_000, 600
TOPIC = "v3/soil@ttn/devices/probe/up"
Register = Callable[..., Any]


@pytest.fixture
def c(store: Engine, register: Register) -> Iterator[Connection]:
    """A transaction that is rolled back, on a store with two probes."""
    register("probe", eui="A84041FFFF24A438")
    register("other")
    with store.connect().execution_options(writes=True) as connection:
        yield connection


def _frame(counter: int, place: int | None = None) -> Frame:
    """A frame on its place of a sending every ten minutes."""
    return Frame(counter, START + EVERY_S * (counter if place is None else place))


def _hear(c: Connection, *heard: Frame, device: str = "probe") -> None:
    frames.note(
        c, [Heard(device, "the_things_stack", TOPIC, frame, frame.time + 1) for frame in heard]
    )


def _rows(c: Connection) -> Sequence[Any]:
    return c.execute(select(schema.frame_gap).order_by(schema.frame_gap.c.after)).all()


def _missing(c: Connection) -> list[int]:
    """The counters still missing."""
    return sorted(
        counter
        for row in _rows(c)
        for first, last in row.counters
        for counter in range(first, last + 1)
    )


def test_a_jump_opens_a_gap(c: Connection) -> None:
    _hear(c, _frame(3), _frame(4))
    _hear(c, _frame(9))
    (row,) = frames.gaps(c).to_dict("records")
    assert (row["device"], row["network"]) == ("probe", "the_things_stack")
    assert (row["application"], row["missing"], row["found"]) == ("soil@ttn", 4, 0)
    assert (row["state"], row["tries"], row["detail"]) == (OPEN, 0, "")
    assert row["after"] == pd.Timestamp(_frame(4).time, unit="s", tz="UTC")
    assert row["before"] == pd.Timestamp(_frame(9).time, unit="s", tz="UTC")
    assert row["next_try"] == row["before"] + pd.Timedelta(seconds=SETTLE_S + 1)


def test_late_frames_fill_it(c: Connection) -> None:
    _hear(c, _frame(3))
    _hear(c, _frame(7))
    _hear(c, _frame(5))
    assert _missing(c) == [4, 6]
    assert frames.gaps(c)[["missing", "found"]].values.tolist() == [[2, 1]]
    _hear(c, _frame(6), _frame(4))
    (row,) = _rows(c)
    assert (row.state, row.missing, row.found, row.next_try) == (FILLED, 3, 3, None)
    assert frames.gaps(c).empty
    assert len(frames.gaps(c, states=(FILLED,))) == 1


def test_the_first_frame_says_nothing_of_those_before(c: Connection) -> None:
    _hear(c, _frame(5000))
    _hear(c, _frame(4998))
    assert _rows(c) == []


def test_devices_have_their_own_counters(c: Connection) -> None:
    _hear(c, _frame(1))
    _hear(c, _frame(3), device="other")
    _hear(c, _frame(2))
    _hear(c, _frame(5), device="other")
    assert frames.gaps(c)["device"].tolist() == ["other"]


def test_a_join_is_no_gap_but_for_the_first_frames_of_its_session(c: Connection) -> None:
    _hear(c, _frame(800))
    _hear(c, _frame(0, place=801), _frame(1, place=802))
    assert _rows(c) == []
    _hear(c, _frame(2, place=900))
    assert _missing(c) == []
    _hear(c, _frame(4, place=1000), _frame(2, place=1100))
    assert _missing(c) == [0, 1, 3]


def test_a_device_that_does_not_count_has_no_gaps(c: Connection) -> None:
    _hear(c, *(_frame(0, place=place) for place in range(5)))
    assert _rows(c) == []


def test_gaps_that_begin_in_the_same_second_are_one(c: Connection) -> None:
    _hear(c, Frame(1, START))
    _hear(c, Frame(3, START))
    _hear(c, Frame(5, START + 60))
    assert _missing(c) == [2, 4]
    assert [(row.after, row.missing, row.before) for row in _rows(c)] == [(START, 2, START + 60)]
    _hear(c, Frame(2, START), Frame(4, START + 30))
    assert [row.state for row in _rows(c)] == [FILLED]


def test_a_frame_that_comes_after_all_fills_a_gap_that_was_given_up(c: Connection) -> None:
    _hear(c, _frame(1), _frame(3))
    c.execute(schema.frame_gap.update().values(state=GIVEN_UP))
    _hear(c, _frame(2))
    assert [row.state for row in _rows(c)] == [FILLED]


def test_an_unknown_device_is_passed_over(c: Connection) -> None:
    _hear(c, _frame(1), _frame(3), device="stranger")
    assert _rows(c) == []


@st.composite
def _deliveries(draw: st.DrawFn, *, start: int = 0) -> tuple[list[list[Frame]], set[int]]:
    """Batches of a session's frames in any order, some twice, some never; and the missing ones.

    The first batch has the oldest frame: what comes late and is older is not counted.
    """
    sent = [_frame((start + place) % 65536, place) for place in range(draw(st.integers(2, 25)))]
    heard = draw(st.lists(st.sampled_from(sent), min_size=1, unique=True).map(sorted))
    heard.sort(key=lambda frame: frame.time)
    others = draw(st.permutations(heard[1:] + draw(st.lists(st.sampled_from(heard), max_size=8))))
    batches, rest = [[heard[0]]], list(others)
    while rest:
        size = draw(st.integers(1, 6))
        batches.append(rest[:size])
        rest = rest[size:]
    between = [one for one in sent if heard[0].time < one.time < heard[-1].time]
    return batches, {one.counter for one in between if one not in heard}


_IN_A_TRANSACTION = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)


def _after(c: Connection, batches: Iterable[Sequence[Frame]]) -> list[Any]:
    """The gaps after these batches, and what they were before is undone."""
    with c.begin_nested() as point:
        for batch in batches:
            _hear(c, *batch)
        found = [row[1:] for row in _rows(c)]
        point.rollback()
    return found


def _counters(rows: Sequence[Any]) -> list[int]:
    place = list(schema.frame_gap.c.keys()).index("counters") - 1
    return sorted(n for row in rows for first, last in row[place] for n in range(first, last + 1))


@_IN_A_TRANSACTION
@given(delivered=_deliveries())
def test_the_gaps_are_what_did_not_come(
    c: Connection, delivered: tuple[list[list[Frame]], set[int]]
) -> None:
    batches, missing = delivered
    once = _after(c, batches)
    assert _counters(once) == sorted(missing)
    assert _after(c, [*batches, *batches]) == once
    assert _after(c, [one for batch in batches for one in (batch, batch)]) == once


@_IN_A_TRANSACTION
@given(delivered=_deliveries(start=65525))
def test_also_around_a_roll_over(
    c: Connection, delivered: tuple[list[list[Frame]], set[int]]
) -> None:
    batches, missing = delivered
    assert _counters(_after(c, [*batches, *batches])) == sorted(missing)


@st.composite
def _sessions(draw: st.DrawFn) -> tuple[list[Frame], list[int]]:
    """Frames heard of several sessions in order, and the counters missing of each."""
    heard: list[Frame] = []
    missing: list[int] = []
    place = 0
    for session in range(draw(st.integers(2, 4))):
        upper = heard[-1].counter - 1 if heard else 20
        if upper < 0:
            break
        first = draw(st.integers(0, upper))  # falls: else nobody could tell that it is another
        counters = sorted({first, *draw(st.sets(st.integers(first, first + 15), max_size=8))})
        known = range(first if session == 0 else 0, counters[-1])
        missing += [counter for counter in known if counter not in counters]
        heard += [_frame(counter, place + counter) for counter in counters]
        place += counters[-1] + draw(st.integers(1, 50))
    return heard, sorted(missing)


@_IN_A_TRANSACTION
@given(sent=_sessions(), size=st.integers(1, 5))
def test_also_over_joins(c: Connection, sent: tuple[list[Frame], list[int]], size: int) -> None:
    heard, missing = sent
    batches = [heard[start : start + size] for start in range(0, len(heard), size)]
    assert _counters(_after(c, batches)) == missing
    again = [one for place, _ in enumerate(batches) for one in batches[: place + 1]]
    assert _counters(_after(c, again)) == missing


@pytest.mark.parametrize("network", [the_things_stack, chirpstack])
def test_the_ingest_counts_frames(store: Engine, register: Register, network: Any) -> None:
    register("probe", eui="A84041FFFF24A438")
    payload = bytes.fromhex("0ce40cb2096009c4012c10")
    messages = []
    for counter in (5, 6, 9):
        at = datetime.fromtimestamp(_frame(counter).time, UTC)
        sent = Transmission("probe", "A84041FFFF24A438", at, 2, payload, counter, -80, 7.0)
        messages.append(Message(*network(sent), at))
    for _ in range(2):
        with writing(store) as c:
            assert ingest(c, messages).problems == 0
    with store.connect() as c:
        (row,) = frames.gaps(c, states=(OPEN, GIVEN_UP)).to_dict("records")
    assert (row["network"], row["missing"]) == (network.__name__, 2)
    kept = network is the_things_stack
    assert (row["state"], row["detail"]) == ((OPEN, "") if kept else (GIVEN_UP, "no_storage"))
    assert row["application"] == ("agro-demo@ttn" if kept else "")


def test_a_refused_message_was_heard_and_a_simulated_one_was_not(
    store: Engine, register: Register
) -> None:
    register("probe", eui="A84041FFFF24A438")
    messages = []
    for counter, payload in ((1, b""), (2, b"\x01"), (4, b"\x01")):
        at = datetime.fromtimestamp(_frame(counter).time, UTC)
        sent = Transmission("probe", "", at, 2, payload, counter, -80, 7.0)
        topic, body = the_things_stack(sent)
        if counter == 4:
            body = body.replace(b'{"end_device_ids"', b'{"simulated":true,"end_device_ids"', 1)
        messages.append(Message(topic, body, at))
    with writing(store) as c:
        assert ingest(c, messages).problems == 3
        assert frames.gaps(c).empty
        last = c.execute(select(schema.frame_counter.c.counter)).scalar()
    assert last == 2


def test_what_a_limit_refuses_was_heard(store: Engine, register: Register) -> None:
    register("probe")
    messages = []
    for counter in (1, 2, 3, 4):
        at = datetime.fromtimestamp(_frame(counter).time, UTC)
        sent = Transmission("probe", "", at, 2, b"", counter, -80, 7.0)
        messages.append(Message(*the_things_stack(sent), at))
    allowed = iter([True, False, False, True])
    with writing(store) as c:
        batch = read_envelopes(messages, lambda _device, _time: next(allowed))
        store_batch(c, batch)
        assert len(batch.read) == 2
        assert frames.gaps(c).empty


def test_two_collectors_at_once_count_as_one(store: Engine, register: Register) -> None:
    devices = [f"p{place}" for place in range(6)]
    for device in devices:
        register(device)
    missing = {7, 8, 31}
    with writing(store) as c:
        for device in devices:
            _hear(c, _frame(0), device=device)

    def collect(mine: int) -> None:
        draw = random.Random(mine)
        for first in range(1, 41, 4):
            some = [n for n in range(first, first + 4) if n % 2 == mine and n not in missing]
            heard = [(device, _frame(counter)) for counter in some for device in devices]
            draw.shuffle(heard)
            with writing(store) as c:
                frames.note(
                    c,
                    [Heard(device, "the_things_stack", TOPIC, frame, 0) for device, frame in heard],
                )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(collect, (0, 1)))
    with store.connect() as c:
        assert _missing(c) == sorted([*missing] * len(devices))
        assert frames.gaps(c)["missing"].sum() == len(missing) * len(devices)
