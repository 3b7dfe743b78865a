"""What a requested trial will be able to show: the sentence of the page against the models."""

import pytest

from agro.trials.power_plan import outlook, plans_of
from models.trials.layout import Request
from models.trials.power import Errors, powers

_FOUR = ("a", "b", "c", "d")
_TWO = {"f": ("1", "2"), "g": ("1", "2", "3")}


def test_the_fewest_blocks_are_the_first_of_the_curve_that_are_enough() -> None:
    known = outlook(Request("rcbd", _FOUR, blocks=4), Errors(12.0), 20.0)
    assert known is not None
    assert known.main == ("treatment",)
    curve = {blocks: found[0].power_f for blocks, found in known.curve}
    assert known.needed == next(blocks for blocks in sorted(curve) if curve[blocks] >= 0.8)
    assert known.here[0].power_f == curve[4.0]
    assert known.here == powers(plans_of(Request("rcbd", _FOUR), Errors(12.0))(4), 4, 20.0)  # type: ignore[arg-type]


def test_a_latin_square_is_told_by_difference() -> None:
    known = outlook(Request("latin-square", _FOUR), Errors(12.0), 20.0)
    assert known is not None
    assert known.needed is None
    steps = [step for step, _ in known.curve]
    chances = [found[0].power_f for _, found in known.curve]
    assert steps[0] < 20.0 < steps[-1]
    assert chances == sorted(chances)


@pytest.mark.parametrize(
    ("request_", "main"),
    [
        (Request("split-plot", factors=_TWO, blocks=4), {"f", "g"}),
        (Request("repeated", _FOUR, blocks=4, times=("1", "2")), {"treatment"}),
        (Request("augmented", _FOUR, blocks=4, checks=("a", "b")), {"check-new"}),
        (Request("factorial", factors=_TWO, blocks=4), {"f", "g"}),
    ],
)
def test_what_a_trial_is_sown_for_is_its_factors(request_: Request, main: set[str]) -> None:
    known = outlook(request_, Errors(12.0, 6.0, 6.0), 30.0)
    assert known is not None
    assert set(known.main) == main
    assert set(known.main) < {one.term for one in known.here}


def test_incomplete_blocks_lose_some() -> None:
    levels = tuple(f"V{number}" for number in range(12))
    request = Request("alpha-lattice", levels, blocks=3, block_size=3)
    small = outlook(request, Errors(12.0), 30.0)
    whole = outlook(Request("rcbd", levels, blocks=3), Errors(12.0), 30.0)
    assert small is not None
    assert whole is not None
    assert small.here[0].power_f < whole.here[0].power_f
    assert small.needed is not None
    assert whole.needed is not None
    assert small.needed >= whole.needed


def test_no_error_to_estimate_is_no_outlook() -> None:
    assert outlook(Request("crd", ("a", "b"), blocks=1), Errors(12.0), 20.0) is None
