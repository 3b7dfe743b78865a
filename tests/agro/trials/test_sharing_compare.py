"""Two documents, figure by figure."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agro.trials.sharing.compare import compare

FIGURES = st.floats(allow_nan=False, allow_infinity=False, width=32)
LEAVES = st.one_of(st.none(), st.booleans(), st.text(max_size=3), FIGURES)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["n", "anova", "means", "cv_percent"]),
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=8,
    ),
)


@given(DOCUMENTS)
def test_a_document_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    found = compare(document, document, tolerance=0.0)
    assert found.differs == ()
    assert found.largest == 0.0


@given(st.floats(1e-3, 1e6), st.floats(1e-5, 0.5))
def test_a_figure_beyond_the_tolerance_is_told_with_its_place(figure: float, by: float) -> None:
    was = {"means": [{"mean": figure}, {"mean": 1e6}]}
    now = {"means": [{"mean": figure * (1.0 - by)}, {"mean": 1e6}]}
    found = compare(was, now, tolerance=1e-6)
    assert [one.where for one in found.differs] == ["means[0].mean"]
    assert found.largest == pytest.approx(by, rel=1e-6)
    assert found.where == "means[0].mean"
    assert not compare(was, now, tolerance=0.51).differs


@pytest.mark.parametrize(
    ("was", "now", "where"),
    [
        ({"means": [{"letters": "a"}]}, {"means": [{"letters": "ab"}]}, ["means[0].letters"]),
        ({"anova": [{"p": 0.1}]}, {"anova": [{"p": None}]}, ["anova[0].p"]),
        ({"anova": [{"p": 0.1}]}, {"anova": []}, ["anova[0].p", "anova.length"]),
        ({"anova": []}, {"anova": [{"p": 0.1}]}, ["anova.length"]),
        ({"spatial": None}, {"spatial": {"nugget": 0.1}}, []),
        ({"assumptions": [{"holds": True}]}, {"assumptions": [{"holds": False}]},
         ["assumptions[0].holds"]),
        ({"warnings": ["so"], "model": "y ~ x"}, {"warnings": [], "model": "y ~ x + z"}, []),
        ({"n": 4}, {"n": 4, "more": 1.0}, []),
    ],
)  # fmt: skip
def test_texts_and_parts_are_compared_and_sentences_are_not(
    was: dict[str, Any], now: dict[str, Any], where: list[str]
) -> None:
    assert [one.where for one in compare(was, now, tolerance=1e-6).differs] == where


def test_rounding_around_nothing_is_no_difference() -> None:
    was = {"residuals": [{"residual": 1e-17}, {"residual": 2.0}]}
    now = {"residuals": [{"residual": -3e-17}, {"residual": 2.0}]}
    assert not compare(was, now, tolerance=1e-6).differs
