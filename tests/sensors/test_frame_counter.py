"""What is missing between two frames, by the counter alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.frame_counter import Frame, Holes, contains, count, missed, union, without

HOUR = 3600


@pytest.mark.parametrize(
    ("before", "after", "holes"),
    [
        pytest.param(7, 8, (), id="the next one"),
        pytest.param(7, 7, (), id="the same one, sent again"),
        pytest.param(7, 9, ((8, 8),), id="one was lost"),
        pytest.param(7, 20, ((8, 19),), id="many were lost"),
        pytest.param(812, 0, (), id="a join, heard from its first frame on"),
        pytest.param(812, 3, ((0, 2),), id="a join whose first frames were lost"),
        pytest.param(65535, 0, (), id="sixteen bits roll over"),
        pytest.param(65533, 2, ((65534, 65535), (0, 1)), id="lost around the roll-over"),
        pytest.param(65535, 65536, (), id="thirty-two bits do not roll over there"),
        pytest.param(65540, 3, ((0, 2),), id="beyond sixteen bits a fall is a join"),
        pytest.param(40_000, 30_000, (), id="set back to a value that no join gives"),
    ],
)
def test_two_neighbours(before: int, after: int, holes: Holes) -> None:
    assert missed(Frame(before, 0), Frame(after, HOUR)) == holes


def test_more_frames_than_could_be_sent_were_not_sent() -> None:
    assert missed(Frame(5, 0), Frame(50_000, 60)) == ()
    assert count(missed(Frame(5, 0), Frame(50_000, 40 * 24 * HOUR))) == 49_994


_HOLES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 10)).map(lambda one: (one[0], one[0] + one[1])),
    max_size=6,
).map(lambda some: union(some, ()))


def _members(holes: Holes) -> set[int]:
    return {counter for first, last in holes for counter in range(first, last + 1)}


@given(holes=_HOLES, others=_HOLES, counter=st.integers(0, 80))
def test_holes_are_sets_of_counters(holes: Holes, others: Holes, counter: int) -> None:
    assert count(holes) == len(_members(holes))
    assert contains(holes, counter) == (counter in _members(holes))
    assert _members(without(holes, counter)) == _members(holes) - {counter}
    assert _members(union(holes, others)) == _members(holes) | _members(others)
