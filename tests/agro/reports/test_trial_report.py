"""The report of a trial as its readers get it: the text of the PDF, in both languages."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from agro.reports import About, Provenance, Report, trial_report
from agro.trials import read
from models.trials.analysis import analyse
from models.trials.asked import Asked
from models.trials.model import Roles
from tests.conftest import DATA

_SHARED = DATA / "trials"
_WHEN = datetime(2026, 11, 27, 21, 30, tzinfo=UTC)

# Yates (1935) as in R's nlme::Oats: block, variety, then the yield with four doses of nitrogen.
_OATS = """
B1 Victory 111 130 157 174
B1 GoldenRain 117 114 161 141
B1 Marvellous 105 140 118 156
B2 Victory 61 91 97 100
B2 GoldenRain 70 108 126 149
B2 Marvellous 96 124 121 144
B3 Victory 68 64 112 86
B3 GoldenRain 60 102 89 96
B3 Marvellous 89 129 132 124
"""
_SPLIT = Roles(
    *("split-plot", ("gen", "nitro")),
    block="block",
    main_plot="gen",
    sub_plot="nitro",
    row="row",
    column="column",
)


def _oats() -> list[dict[str, str]]:
    rows = []
    for place, line in enumerate(_OATS.strip().splitlines()):
        block, gen, *grown = line.split()
        for dose, value in zip(("0", "0.2", "0.4", "0.6"), grown, strict=True):
            rows.append({"block": block, "gen": gen, "nitro": dose, "row": str(place + 1)})
            rows[-1] |= {"column": f"{float(dose) * 5 + 1:.0f}", "yield": value}
    return rows


def _report(rows: Sequence[dict[str, str]], roles: Roles = _SPLIT, **more: Any) -> Report:
    """The report of a table, read and analysed as an upload is."""
    header = ",".join(f'"{name}"' for name in rows[0])
    lines = (",".join(f'"{value}"' for value in row.values()) for row in rows)
    body = "\n".join((header, *lines)).encode()
    return _of_sheet(body, "oats.csv", "yield", roles, **more)


def _of_sheet(
    body: bytes,
    name: str,
    response: str,
    roles: Roles,
    *,
    asked: Mapping[str, Any] | None = None,
    **more: Any,
) -> Report:
    reading = read(body, name, response, roles)
    assert reading.trial is not None, reading.findings
    return Report(
        trial=reading.trial,
        roles=reading.roles,
        analysis=analyse(reading.trial, reading.roles, **(asked or {})),
        provenance=Provenance(name, "ab" * 32, _WHEN, f"agro trial analyse {name}"),
        lines=reading.lines,
        empty=reading.empty,
        **{"zone": "Europe/Paris", **more},
    )


def _text(report: Report) -> str:
    """The text of all pages as it is selected: spaces of every width alike."""
    pages = PdfReader(BytesIO(trial_report(report))).pages
    text = unicodedata.normalize("NFKC", " ".join(page.extract_text() for page in pages))
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


@pytest.fixture(scope="module")
def oats() -> Report:
    about = About(
        title="Avoines de Rothamsted",
        site="Domaine de la Cras",
        objective="Comparer trois variétés",
        contact="INRAE Dijon",
        dates=(("semis", date(2026, 3, 12)),),
    )
    return _report(_oats(), unit="bu/ac", label="rendement", about=about)


@pytest.fixture(scope="module")
def french(oats: Report) -> str:
    return _text(oats)


@pytest.fixture(scope="module")
def english(oats: Report) -> str:
    return _text(replace(oats, language="en", label="yield"))


@pytest.mark.parametrize(
    "said",
    [
        *("Avoines de Rothamsted", "Domaine de la Cras", "Comparer trois variétés"),
        *("INRAE Dijon", "semis 12 mars 2026", "Ce que l’essai montre", "rendement (bu/ac)"),
        *("Moyennes : gen × nitro", "Analyse de variance", "placettes seules"),
        *("Composantes de la variance", "rien ne s’y oppose", "Plan de l’essai"),
        *("résidu standardisé", "quantile normal", "27 novembre 2026 à 22:30 (Europe/Paris)"),
        *("agro trial analyse oats.csv", "ab" * 32, "page 1 sur", "36 placettes"),
    ],
)
def test_the_french_report_says(french: str, said: str) -> None:
    assert said in french


@pytest.mark.parametrize(
    "said",
    [
        *("What the trial shows", "yield (bu/ac)", "Means: gen × nitro", "Analysis of variance"),
        *("single plots", "Variance components", "nothing against it", "Layout of the trial"),
        *("standardised residual", "27 November 2026 at 22:30 (Europe/Paris)", "page 1 of"),
    ],
)
def test_the_english_report_says(english: str, said: str) -> None:
    assert said in english


def test_no_french_is_left_in_the_english_report(oats: Report) -> None:
    found = _text(replace(oats, language="en", label="yield", about=About()))
    assert not re.search(r"\b(moyenne|erreur|parcelle|placette|essai|les|des)\b", found)


def test_numbers_are_written_the_language_s_way(oats: Report, french: str, english: str) -> None:
    row = next(one for one in oats.analysis.means if one.levels == {"gen": "Marvellous"})
    assert f"{row.mean:.0f}" in english
    f = next(one.f for one in oats.analysis.anova if one.term == "nitro")
    assert f"{f:.2f}" in english
    assert f"{f:.2f}".replace(".", ",") in french


def test_every_plot_is_printed_with_its_values(oats: Report, english: str) -> None:
    appendix = english[english.index("Appendix: the data") :]
    for place, line in enumerate(oats.lines):
        levels = [factor.levels[factor.codes[place]] for factor in oats.trial.factors.values()]
        row = " ".join((str(line), *levels, f"{oats.trial.response[place]:.0f}"))
        assert row in appendix


def test_the_conclusion_and_every_warning_are_printed() -> None:
    rows = _oats()
    rows[5]["yield"] = ""
    report = _report(rows, language="en")
    found = _text(report)
    assert [one.code for one in report.analysis.warnings if one.code == "missing_plots"]
    assert "35 with a value, 1 without" in found
    assert "Before you believe it" in found


def test_the_same_report_gives_the_same_bytes(oats: Report) -> None:
    assert trial_report(oats) == trial_report(oats)
    later = replace(oats.provenance, computed_at=datetime(2026, 11, 28, tzinfo=UTC))
    assert trial_report(replace(oats, provenance=later)) != trial_report(oats)


_HOSTILE = ("#set page", "*x* _y_", "$ 1/0 $", "= Title <a@b.c>", "\\u{41} `r` [", '#eval("1")//')


def test_what_a_sheet_holds_is_printed_as_it_stands() -> None:
    """Levels and columns are the users': no sign of theirs is a command of the typesetter."""
    rows = [
        {"block": f"B{block}", "#let x = 1": level, "yield": str(10 + 3 * place + block % 3)}
        for block in range(1, 5)
        for place, level in enumerate(_HOSTILE)
    ]
    for row in rows:
        row["#let x = 1"] = row["#let x = 1"].replace('"', '""')
    roles = Roles("rcbd", ("#let x = 1",), block="block")
    found = _text(_report(rows, roles, language="en", unit="$t$", about=About(title="#panic()")))
    for level in ("#let x = 1", "#panic()", "in $t$", *_HOSTILE):
        assert level in found


def test_signs_that_no_font_of_the_typesetter_has_do_not_stop_it() -> None:
    rows = [
        {"block": block, "trt": level, "yield": str(place + len(block))}
        for block in ("b1", "b2\u202e", "b3\x07")
        for place, level in enumerate(("日本 1", "🌾", "плюс"))
    ]
    body = trial_report(_report(rows, Roles("rcbd", ("trt",), block="block")))
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages)
    assert "плюс" in text
    assert "\u202e" not in text


def test_it_is_an_archive_that_a_screen_reader_reads(oats: Report) -> None:
    pdf = PdfReader(BytesIO(trial_report(oats)))
    root: Any = pdf.trailer["/Root"]
    told = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in told
    assert "<pdfuaid:part>1</pdfuaid:part>" in told
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert pdf.metadata is not None
    assert "Avoines de Rothamsted" in str(pdf.metadata.title)
    width, height = (float(side) for side in pdf.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (595, 842)  # A4 in points


def test_a_long_table_repeats_its_header() -> None:
    rows = [
        {"block": f"B{block}", "gen": f"G{gen:03}", "yield": str(gen % 7 + block)}
        for block in range(1, 3)
        for gen in range(1, 121)
    ]
    report = _report(rows, Roles("rcbd", ("gen",), block="block"), language="en")
    pages = PdfReader(BytesIO(trial_report(report))).pages
    headed = [page for page in pages if "95% interval" in page.extract_text()]
    assert len(headed) >= 3
    found = _text(report)
    assert "7,140 pairs are not printed" in found
    assert "and 108 more" in found


def test_a_trial_of_too_many_plots_prints_no_data() -> None:
    rows = [
        {"block": f"B{block}", "gen": f"G{gen}", "yield": str(gen % 5 + block % 4)}
        for block in range(101)
        for gen in range(5)
    ]
    found = _text(_report(rows, Roles("rcbd", ("gen",), block="block"), language="en"))
    assert "505 rows, more than the 500" in found


def test_without_rows_and_columns_no_layout_is_drawn(oats: Report) -> None:
    found = _text(replace(oats, roles=replace(oats.roles, row=None, column=None), language="en"))
    assert "Rows and columns are not named" in found
    assert "Layout of the trial" not in found


def test_two_plots_in_one_place_draw_no_layout() -> None:
    rows = [row | {"row": "1"} for row in _oats()]
    assert "have the same place" in _text(_report(rows, language="en"))


_DOSES = Asked(quantitative="nitro", contrasts=("Victory vs GoldenRain,Marvellous",))
_REPEATED = Roles("repeated", ("gen",), block="block", subject="subject", time="nitro")


@pytest.mark.parametrize(
    ("roles", "asked", "said"),
    [
        pytest.param(
            _SPLIT,
            {"asked": _DOSES},
            (
                *("Trend over the dose", "linear", "quadratic", "Response curve", "parabola"),
                *("Contrasts", "Victory vs GoldenRain,Marvellous"),
            ),
            id="doses and contrasts",
        ),
        pytest.param(
            _SPLIT,
            {"asked": Asked(scale="log")},
            ("on the scale “logarithm”", "back", "log(yield)"),
            id="logarithm",
        ),
        pytest.param(
            Roles("rcbd", ("gen",), block="block", row="row", column="column"),
            {"spatial": True},
            ("Correlations compared", "Correlation from row to row", "ar1×ar1", "neighbours"),
            id="neighbours",
        ),
        pytest.param(
            _REPEATED,
            {"asked": Asked(correlation=True)},
            ("Sphericity", "Mauchly's W", "p (G–G)", "Correlations compared", "compound symmetry"),
            id="repeated",
        ),
        pytest.param(
            Roles("multi-environment", ("gen",), environment="nitro", block="block"),
            {"asked": Asked(genotypes=True)},
            ("Heritability: gen", "Predictions (BLUP)", "Stability: gen over nitro", "AMMI"),
            id="environments",
        ),
    ],
)
def test_what_was_asked_beyond_means_is_told(
    roles: Roles, asked: dict[str, Any], said: tuple[str, ...]
) -> None:
    rows = [row | {"subject": f"{row['block']}{row['gen']}"} for row in _oats()]
    english = _report(rows, roles, asked=asked, language="en")
    found = _text(english)
    for one in said:
        assert one in found
    assert len(_text(replace(english, language="fr"))) > 1000


_KINDS = {
    "john_alpha": ("yield", Roles("alpha-lattice", ("gen",), block="block", replicate="rep")),
    "npk": ("yield", Roles("factorial", ("N", "P", "K"), block="block")),
    "omer_sorghum": ("yield", Roles("multi-environment", ("gen",), environment="env", block="rep")),
    "pearce_apple": ("yield", Roles("rcbd", ("trt",), block="block", covariates=("prev",))),
    "stroup_nin": ("yield", Roles("rcbd", ("gen",), block="rep", row="row", column="col")),
    "goulden_latin": ("yield", Roles("latin-square", ("trt",), row="row", column="col")),
    "kling_augmented": ("tsw", Roles("augmented", ("gen",), block="block")),
}


@pytest.mark.skipif(not _SHARED.is_dir(), reason="the collected trials are not beside the project")
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", _KINDS)
def test_every_kind_of_trial_has_its_report(name: str, language: str) -> None:
    response, roles = _KINDS[name]
    body = (_SHARED / f"{name}.csv").read_bytes()
    report = _of_sheet(body, f"{name}.csv", response, roles, language=language)
    found = _text(report)
    for treatment in roles.treatments:
        for level in report.trial.factors[treatment].levels:
            assert level in found
    heading = {"fr": "D’où viennent ces chiffres", "en": "Where these figures come from"}
    assert heading[language] in found
