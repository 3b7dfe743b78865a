"""The colours of the three looks: whole, told apart from their ground, one for each quantity."""

import re
from pathlib import Path

import plotly.graph_objects as go
import pytest

from agro.dashboard import charts
from agro.dashboard.colours import LOOKS, QUANTITIES, Look, exchange, palette, quantity
from agro.server import STREAMLIT

_FOLDER = Path(charts.__file__).parent
# What is written, and on what; WCAG 2.2, 1.4.3: 4.5 to 1, and 7 to 1 (1.4.6) in full sunshine.
_TEXTS = (
    *(
        (name, ground)
        for name in ("ink", "soft", "faint", "water-deep")
        for ground in ("ground", "paper")
    ),
    *((name, "paper") for name in ("good-ink", "stress-ink", "stress-deep", "brown")),
    *((name, "water-soft") for name in ("ink", "soft", "water-deep")),
    *((name, "good-soft") for name in ("soft", "good-ink")),
    *((name, ground) for name in ("ink", "soft") for ground in ("quiet", "fault-soft")),
    *(("ink", "fill"), ("fill-ink", "fill"), ("on-water", "water-deep"), ("good-ink", "easy")),
    *(("stress-deep", "stress-soft"), ("amber-ink", "amber"), ("ink", "amber")),
)
# What is drawn on the page's ground and on paper; WCAG 2.2, 1.4.11: 3 to 1.
_LINES = (
    *("blue", "sky", "green", "orange", "vermillion", "purple", "yellow", "brown", "grey"),
    *("water", "rain", "good", "stress", "watch", "edge", "full"),
)


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(first: str, second: str) -> float:
    dark, light = sorted((_luminance(first), _luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_is_that_of_the_standard() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("look", LOOKS)
def test_texts_and_lines_are_seen(look: Look) -> None:
    known = palette(look)
    assert known.keys() == palette("light").keys()
    least_text, least_line = (7.0, 4.5) if look == "sun" else (4.5, 3.0)
    weak = {
        (name, ground): round(_contrast(known[name], known[ground]), 2)
        for name, ground in _TEXTS
        if _contrast(known[name], known[ground]) < least_text
    }
    weak |= {
        (name, ground): round(_contrast(known[name], known[ground]), 2)
        for name in (*_LINES, *QUANTITIES.values())
        for ground in ("ground", "paper")
        if name != "unsure" and _contrast(known[name], known[ground]) < least_line
    }
    assert not weak


def test_every_colour_has_one_counterpart() -> None:
    """Two names with one colour by day have one in every look: else a figure could not change."""
    for look in LOOKS:
        there = palette(look)
        for name, value in palette("light").items():
            if not name.startswith("on-"):
                assert exchange(look)[value] == there[name], name


def test_no_colour_stands_beside_the_table() -> None:
    """Pages and figures name their colours; what is alike in every look is in these modules."""
    alike = {"charts.py", "control_post_layers.py", "trials_grid.py", "trials_layout_print.py"}
    alike |= {"trials_charts_checks.py", "trials_layout_map.py"}
    written = {
        file.name
        for file in _FOLDER.rglob("*.py")
        if re.search(r"#[0-9A-Fa-f]{6}\b", file.read_text("utf-8"))
    }
    assert written <= alike
    css = (_FOLDER / "theme.css").read_text("utf-8")
    sheet = css[css.index("color-scheme: dark") :].partition(':root[data-look="sun"]')[2]
    sheet = sheet.partition("}")[2].partition("@media print")[0]
    sheet = re.sub(r"/\* field of a trial \*/.*?/\* end of field \*/", "", sheet, flags=re.DOTALL)
    assert not re.findall(r"#[0-9A-Fa-f]{3,6}\b(?![^{}]*\{)", sheet)
    used = set(re.findall(r"var\(--([\w-]+)", css)) - {"choose-file"}
    assert used <= palette("light").keys()


@pytest.mark.parametrize("kind", ["light", "dark"])
def test_the_fields_have_the_looks_colours(kind: Look) -> None:
    names = {"backgroundColor": "ground", "secondaryBackgroundColor": "quiet", "textColor": "ink"}
    for setting, name in names.items():
        assert STREAMLIT[f"theme.{kind}.{setting}"] == palette(kind)[name]
    assert _contrast(str(STREAMLIT[f"theme.{kind}.primaryColor"]), palette(kind)["ground"]) >= 4.5


def _figure() -> go.Figure:
    figure = go.Figure()
    figure.add_bar(
        x=["a", "#0072b2"],
        y=[1.0, 2.0],
        marker={
            "color": [quantity("rain"), "#123456"],
            "pattern": {"bgcolor": charts.BLUE, "fgcolor": charts.PAPER},
        },
        name="#0072b2",
    )
    figure.add_scatter(
        x=[0.0], y=[0.0], fillcolor=charts.faint(charts.BLUE, 0.18), line={"color": charts.GREEN}
    )
    figure.add_scatter(x=[0.0], y=[0.0], fillcolor=charts.BLUE, meta=charts.FIXED)
    figure.add_annotation(text="x", font={"color": charts.BLACK, "shadow": "0 0 3px #ffffff"})
    return charts.finish(figure, "mm", "fr", height=300)


@pytest.mark.parametrize("look", ["dark", "sun"])
def test_a_figure_changes_its_look(look: Look) -> None:
    there = palette(look)
    bars, line, fixed = charts.dressed(_figure(), look).data
    layout = charts.dressed(_figure(), look).layout
    assert list(bars.marker.color) == [there["rain"], "#123456"]
    assert bars.marker.pattern.fgcolor == there["paper"]
    assert (list(bars.x), bars.name) == (["a", "#0072b2"], "#0072b2")
    assert line.fillcolor == charts.faint(there["blue"], 0.18)
    assert line.line.color == there["green"]
    assert fixed.fillcolor == charts.BLUE
    assert layout.annotations[0].font.color == there["ink"]
    assert layout.annotations[0].font.shadow == f"0 0 3px {there['paper']}"
    assert layout.template.layout.plot_bgcolor == there["paper"]
    assert layout.template.layout.xaxis.tickfont.color == there["ink"]


def test_by_day_a_figure_is_as_it_was_drawn() -> None:
    figure = _figure()
    assert charts.dressed(figure, "light") is figure
