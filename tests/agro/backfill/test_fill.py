"""A gap is filled with what the network kept, once; what it never received is given up."""

import time
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from agro.backfill import Filled, fill, service
from agro.backfill.fill import MOST_TRIES
from agro.backfill.questions import TOGETHER, questions
from agro.config import now
from agro.store import frame_gaps, heartbeat, problems, schema, writing
from agro.store.frames import FILLED, GIVEN_UP, OPEN
from agro.store.values import to_epoch
from sensors import quality
from sensors.simulated import networks


def _fill(world: Any, *, device: str = "", **settings: str) -> Filled:
    with world.engine.connect() as c:
        wanted = frame_gaps.due(c, None, device=device)
    with world.storages(**settings) as storages:
        return fill(world.engine, storages, wanted)


def _counters(world: Any, device: str = "probe") -> list[int]:
    return [row[1] for row in world.stored() if row[0] == device]


def test_what_was_lost_comes_once(world: Any) -> None:
    world.hear([1, 2, 3, 40, 41])
    world.keep(range(144))
    done = _fill(world)
    assert (done.gaps, done.questions, done.found, done.missing) == (1, 1, 36, 0)
    assert _counters(world) == [1, 2, 3, *range(4, 40), 40, 41]
    assert [row.state for row in world.gaps()] == [FILLED]
    assert _fill(world) == Filled()
    with world.engine.connect() as c:
        assert problems.counts(c) == {}


def test_what_comes_from_a_storage_is_as_if_it_had_come_in_time(world: Any) -> None:
    """Values, times and flags are those of a store that heard everything."""
    world.hear([0])
    world.hear([100])
    world.keep(range(144))
    _fill(world)
    fetched = world.stored()
    assert len(fetched) == 101
    assert all(value == pytest.approx((2000 + n) / 1e4) for _, n, value, _, _ in fetched)
    for _, counter, _, flag, tests in fetched[1:-1]:
        assert not tests & quality.Test.CLOCK, counter
        assert flag in {quality.GOOD, quality.NOT_EVALUATED}, counter


def test_a_frame_that_nobody_received_is_given_up_at_once(world: Any) -> None:
    world.hear([1, 2, 6])
    world.keep([1, 2, 4, 6])
    done = _fill(world)
    assert (done.found, done.missing, done.given_up) == (1, 2, 2)
    (gap,) = world.gaps()
    assert (gap.state, gap.detail, gap.tries) == (GIVEN_UP, "never_received", 1)
    assert gap.counters == [[3, 3], [5, 5]]
    world.hear([5])  # from wherever it comes in the end
    assert world.gaps()[0].counters == [[3, 3]]


def test_an_empty_storage_is_asked_again_more_and_more_seldom(world: Any) -> None:
    world.hear([1, 5])
    waits = []
    for _ in range(MOST_TRIES):
        before = to_epoch(now())
        _fill(world)
        (gap,) = world.gaps()
        waits.append(gap.next_try and round((gap.next_try - before) / 60))
    assert waits == [5, 15, 45, 135, None]
    assert (gap.state, gap.detail, gap.tries) == (GIVEN_UP, "not_stored", MOST_TRIES)


def test_a_gap_is_due_at_its_time(world: Any) -> None:
    world.hear([1, 5])
    (gap,) = world.gaps()
    with world.engine.connect() as c:
        assert frame_gaps.due(c, gap.next_try - 1) == []
        (wanted,) = frame_gaps.due(c, gap.next_try)
    assert (wanted.device, wanted.network_device) == ("probe", "probe")
    assert (wanted.application, wanted.missing) == ("agro-demo@ttn", 3)


@pytest.mark.parametrize(
    ("faults", "code"),
    [([500] * 4, "server_fault"), (["cut"], "unreachable"), ([403], "key_refused")],
)
def test_a_server_that_does_not_answer_leaves_the_gap_open(
    world: Any, faults: list[Any], code: str
) -> None:
    world.hear([1, 5])
    world.keep(range(9))
    world.server.faults = list(faults)
    done = _fill(world)
    (gap,) = world.gaps()
    assert (gap.state, gap.tries, gap.detail.partition(":")[0]) == (OPEN, 1, code)
    assert done.trouble[0].startswith(f"agro-demo@ttn: {code}")
    assert _fill(world).found == 3
    assert _counters(world) == [1, 2, 3, 4, 5]


def test_a_server_is_left_alone_for_as_long_as_it_wishes(world: Any) -> None:
    world.register("other")
    for device in ("probe", "other"):
        world.hear([1, 5], device)
    world.server.faults = [(429, {"Retry-After": "7200"})]
    before = to_epoch(now())
    done = _fill(world)
    assert len(world.server.asked) == done.questions == 1
    assert all(7200 <= gap.next_try - before <= 7210 for gap in world.gaps())
    assert sorted(gap.tries for gap in world.gaps()) == [0, 1]


def test_a_wrong_key_of_one_application_keeps_no_other_waiting(world: Any) -> None:
    world.hear([1, 5])
    world.keep(range(9))
    with writing(world.engine) as c:
        c.execute(update(schema.frame_gap).values(application="locked@ttn"))
    world.register("other")
    world.hear([1, 5], "other")
    world.keep(range(9), "other")
    done = _fill(world, tts_keys="locked=NNSXS.WRONG")
    assert (done.found, done.missing) == (3, 3)
    assert _counters(world, "other") == [1, 2, 3, 4, 5]
    assert [gap.state for gap in world.gaps()] == [OPEN, FILLED]


def test_a_key_may_be_one_application_s(world: Any) -> None:
    world.hear([1, 5])
    world.keep(range(9))
    assert _fill(world, tts_key="", tts_keys="elsewhere=NNSXS.X").found == 0
    (gap,) = world.gaps()
    assert (gap.state, gap.detail, gap.tries) == (OPEN, "no_key", 0)
    keys = f"elsewhere=NNSXS.X, agro-demo = {world.server.KEY}"
    assert _fill(world, tts_key="", tts_keys=keys).found == 3


def test_without_a_server_gaps_stay_open(world: Any) -> None:
    world.hear([1, 5])
    _fill(world, tts_url="")
    assert [(gap.state, gap.detail) for gap in world.gaps()] == [(OPEN, "no_key")]


def test_chirpstack_keeps_nothing(world: Any) -> None:
    world.network = networks.chirpstack
    world.hear([1, 5])
    assert [(gap.state, gap.detail) for gap in world.gaps()] == [(GIVEN_UP, "no_storage")]
    assert _fill(world) == Filled()
    with writing(world.engine) as c:  # one that was open before its network moved
        c.execute(update(schema.frame_gap).values(state=OPEN, detail=""))
    assert _fill(world).given_up == 3
    assert [(gap.state, gap.detail) for gap in world.gaps()] == [(GIVEN_UP, "no_storage")]
    assert world.server.asked == []


def test_what_is_older_than_any_storage_is_not_asked_for(world: Any) -> None:
    world.start -= 40 * 144 * (world.at(1) - world.at(0))
    world.hear([1, 5])
    _fill(world)
    assert [(gap.state, gap.detail) for gap in world.gaps()] == [(GIVEN_UP, "too_old")]
    assert world.server.asked == []
    with writing(world.engine) as c:
        assert frame_gaps.forget(c, to_epoch(now()) - 86400) == 1
    assert world.gaps() == []


def test_a_device_that_the_server_does_not_know_keeps_no_other_waiting(world: Any) -> None:
    world.register("other")
    for device in ("probe", "other"):
        world.hear([1, 5], device)
        world.keep(range(9), device)
    world.server.faults = [404]
    assert _fill(world).found == 3
    states = {gap.detail.partition(":")[0]: gap.state for gap in world.gaps()}
    assert states == {"not_found": OPEN, "": FILLED}


def test_after_an_outage_one_question_brings_every_device(world: Any) -> None:
    devices = [f"p{place:02d}" for place in range(TOGETHER)]
    for device in devices:
        world.register(device)
        world.hear([1, 2, 9], device)
        world.keep(range(12), device)
    world.keep(range(12), "stranger")
    done = _fill(world)
    assert (done.questions, done.found, done.missing) == (1, 6 * TOGETHER, 0)
    assert {path for path, _ in world.server.asked} == {
        "/api/v3/as/applications/agro-demo/packages/storage/uplink_message"
    }
    assert all(_counters(world, device) == list(range(1, 10)) for device in devices)
    with world.engine.connect() as c:
        assert problems.counts(c) == {}  # nothing of the stranger was taken in


def test_few_devices_are_asked_for_one_by_one(world: Any) -> None:
    world.register("other")
    world.hear([1, 5, 30, 33])
    world.hear([2, 4], "other")
    with world.engine.connect() as c:
        wanted = frame_gaps.due(c, None)
    asked = [(one.device, len(one.wanted)) for one in questions(world.engine, wanted)]
    assert sorted(asked) == [("other", 1), ("probe", 3)]


def test_a_bad_frame_in_the_storage_is_one_problem(world: Any) -> None:
    world.hear([1, 5])
    for counter in (2, 4):
        world.keep([counter])
    world.server.keep(*world.sent(3, payload="0102"))
    for _ in range(2):
        with world.engine.connect() as c:
            wanted = frame_gaps.heard(c, to_epoch(world.at(0)), to_epoch(world.at(9)))
        with world.storages() as storages:
            fill(world.engine, storages, wanted)
    with world.engine.connect() as c:
        assert problems.counts(c) == {"short_payload": 1}
    assert [gap.state for gap in world.gaps()] == [FILLED]
    assert _counters(world) == [1, 2, 4, 5]


def test_a_database_that_is_away_loses_nothing(world: Any, monkeypatch: Any) -> None:
    world.hear([1, 5])
    world.keep(range(9))

    def away(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("the disk is full"))

    with monkeypatch.context() as patched, pytest.raises(OperationalError):
        patched.setattr(frame_gaps, "tried", away)
        _fill(world)
    assert _counters(world) == [1, 2, 3, 4, 5]  # what was fetched is stored
    assert [gap.state for gap in world.gaps()] == [FILLED]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"tts_url": "http://eu1.example"}, "^AGRO_TTS_URL: would send the API key"),
        ({"tts_key": "two words"}, "^AGRO_TTS_KEY: has characters"),
        ({"tts_keys": "NNSXS.SECRET"}, "^AGRO_TTS_KEYS: part 1 is not application=key"),
        ({"tts_keys": "a=NNSXS.A,b=two words"}, "^AGRO_TTS_KEYS: b: has characters"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    world: Any, settings: dict[str, str], told: str
) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        world.storages(**settings)
    assert "SECRET" not in str(caught.value)
    assert world.server.KEY not in repr(world.settings(**settings))


def test_the_service_fills_gaps_as_they_come(world: Any) -> None:
    world.keep(range(144))
    world.hear([1, 5])
    stop = Event()
    words = (world.engine, world.settings(), stop)
    thread = Thread(target=service.run, args=words, kwargs={"look_every_s": 0.05})
    thread.start()
    try:
        _wait(lambda: [gap.state for gap in world.gaps()] == [FILLED])
        world.server.faults = [500] * 4
        world.hear([9])
        with writing(world.engine) as c:
            c.execute(update(schema.frame_gap).values(next_try=0))
        _wait(lambda: [gap.state for gap in world.gaps()] == [FILLED, OPEN] and _tries(world))
        with writing(world.engine) as c:
            c.execute(update(schema.frame_gap).values(next_try=0))
        _wait(lambda: [gap.state for gap in world.gaps()] == [FILLED, FILLED])
    finally:
        stop.set()
        thread.join(20)
    assert _counters(world) == list(range(1, 10))
    with world.engine.connect() as c:
        _, facts = heartbeat.read(c)["backfill"]
        assert c.scalar(select(func.count()).select_from(schema.problem)) == 0
    assert (facts["server"], facts["running"]) == (world.server.url, True)
    assert facts["found"] >= 3
    assert world.server.KEY not in str(facts)


def _tries(world: Any) -> bool:
    return any(gap.tries for gap in world.gaps() if gap.state == OPEN)


def _wait(true: Any) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
