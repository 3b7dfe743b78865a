"""What the worked examples share: a figure is met when it rounds to what the book prints."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def printed() -> Callable[..., Any]:
    """The printed text of a figure as what a computed one must round to.

    `units` of the last printed digit are allowed, half a one by default; more where the book
    itself went on with rounded figures.
    """

    def rounds_to(text: str, *, units: float = 0.5) -> Any:
        _, _, decimals = text.partition(".")
        return pytest.approx(float(text), rel=0, abs=units * 10.0 ** -len(decimals) + 1e-9)

    return rounds_to
