"""Everything that a trial's report says, as plain values that the template lays out."""

from math import isfinite
from typing import Any

from agro.reports import field, further, means, plots, tables
from agro.reports.numbers import MISSING, fixed, own_decimals
from agro.reports.report import Report
from agro.words import Words, warning_sentence
from agro.words.trial_conclusion import Conclusion, conclusion

MOST_PLOTS = 500  # of which the values are printed
MOST_LEVELS = 12  # of a factor that are named among the facts


def content(report: Report, words: Words) -> dict[str, Any]:
    """The report as values for the template; every text is that of its language."""
    said = _conclusion(report, words)
    return {
        "language": words.language,
        "texts": words.group("trial_report"),
        "title": report.about.title or words.t("trial_report.title"),
        "subtitle": words.t("trial_report.subject", label=_label(report)),
        "running": words.t(
            "trial_report.running", title=report.about.title or report.provenance.file
        ),
        "page": words.t("trial_report.page", page="{page}", pages="{pages}"),
        "day": words.long_day(words.local(report.provenance.computed_at).date()),
        "made": _date(report, words),
        "conclusion": {
            "headline": said.headline,
            "sentences": said.sentences,
            "cautions": _cautions(report, words, said),
            "method": said.method,
        },
        "facts": _facts(report, words),
        "means": means.means(report, words),
        "interactions": plots.interactions(report, words),
        "anova": tables.anova(report, words),
        "components": tables.components(report, words),
        "comparisons": tables.comparisons(report, words),
        "checks": tables.checks(report, words),
        "residuals": plots.residuals(report, words),
        "field": field.field(report, words),
        "further": further.further(report, words),
        "biplot": plots.biplot(report, words),
        "notes": report.notes,
        "provenance": _provenance(report, words),
        "command": report.provenance.command,
        "data": _data(report, words),
    }


def _conclusion(report: Report, words: Words) -> Conclusion:
    return conclusion(
        report.analysis,
        words,
        unit=report.unit,
        label=report.label,
        names=report.names,
        alpha=report.alpha,
    )


def _label(report: Report) -> str:
    return report.label or report.names.get(report.analysis.response, report.analysis.response)


def _date(report: Report, words: Words) -> list[int]:
    day = words.local(report.provenance.computed_at).date()
    return [day.year, day.month, day.day]


def _cautions(report: Report, words: Words, said: Conclusion) -> list[str]:
    """Those of the conclusion, and every warning that is not among them, each once."""
    warned = [warning_sentence(words, one.code, one.facts) for one in report.analysis.warnings]
    missed = [one for one in warned if not any(_same(one, other) for other in said.cautions)]
    return list(dict.fromkeys([*said.cautions, *missed]))


def _same(one: str, other: str) -> bool:
    """Whether a caution says a warning, begun with a capital and ended with a full stop or not."""
    return one.rstrip(".").casefold() in other.casefold()


def _facts(report: Report, words: Words) -> list[list[str]]:
    """What is known of the trial, in pairs; what is not known is left out."""
    about, analysis = report.about, report.analysis
    cv = analysis.cv_percent
    pairs = [
        ("objective", about.objective),
        ("site", about.site),
        ("place", about.place),
        ("contact", about.contact),
        ("dates", ", ".join(f"{what} {words.long_day(day)}" for what, day in about.dates)),
        ("response", f"{_label(report)} ({report.unit})" if report.unit else _label(report)),
        ("design_is", words.code("trial_report.design", analysis.design)),
        ("factors", "\n".join(_factor(report, words, one) for one in report.roles.treatments)),
        ("blocks", _blocks(report)),
        ("plots", _plots(report, words)),
        ("cv", words.t("unit.percent", value=fixed(words, cv, 1)) if isfinite(cv) else ""),
    ]
    return [[words.t(f"trial_report.{name}"), text] for name, text in pairs if text]


def _factor(report: Report, words: Words, name: str) -> str:
    levels = report.trial.factors[name].levels
    shown = ", ".join(levels[:MOST_LEVELS])
    more = len(levels) - MOST_LEVELS
    if more > 0:
        shown = f"{shown} {words.t('trial_report.levels_left', n=more)}"
    return f"{report.names.get(name, name)} ({len(levels)}): {shown}".replace(
        "):", f"){words.t('writing.colon')}"
    )


def _blocks(report: Report) -> str:
    name = report.roles.block or report.roles.replicate
    if name is None:
        return str(report.about.blocks) if report.about.blocks else ""
    return f"{len(report.trial.factors[name].levels)} ({report.names.get(name, name)})"


def _plots(report: Report, words: Words) -> str:
    known = int(sum(isfinite(value) for value in report.trial.response.tolist()))
    missing = len(report.trial.response) - known + report.empty
    if not missing:
        return words.t("trial_report.plots_all", n=known)
    return words.t("trial_report.plots_lost", n=known, missing=missing)


def _provenance(report: Report, words: Words) -> list[list[str]]:
    given = report.provenance
    pairs = [
        ("file", given.file),
        ("sha256", given.sha256),
        ("computed", _computed(report, words)),
        ("model", report.analysis.model),
        ("options", "\n".join(f"{name} {value}" for name, value in given.options.items())),
        ("versions", ", ".join(f"{name} {value}" for name, value in given.versions.items())),
    ]
    return [[words.t(f"trial_report.{name}"), text] for name, text in pairs if text]


def _computed(report: Report, words: Words) -> str:
    when = report.provenance.computed_at
    day = words.long_day(words.local(when).date())
    return words.t(
        "trial_report.computed_at", day=day, clock=words.clock(when), zone=str(words.zone)
    )


def _crossed(report: Report) -> frozenset[str]:
    """The columns that only say again what the treatments are together, `50:Blonde`."""
    factors, treatments = report.trial.factors, report.roles.treatments
    if len(treatments) < 2:
        return frozenset()
    own = [[factors[name].levels[code] for code in factors[name].codes] for name in treatments]
    together = [":".join(levels) for levels in zip(*own, strict=True)]
    return frozenset(
        name
        for name, factor in factors.items()
        if [factor.levels[code] for code in factor.codes] == together
    )


def _data(report: Report, words: Words) -> Any:
    """Every plot with its levels and figures, where they are few enough to be read."""
    trial = report.trial
    plots = len(trial.response)
    if plots > MOST_PLOTS:
        fields = {"n": words.number(plots), "most": str(MOST_PLOTS)}
        return {"note": words.t("trial_report.data_left", **fields), "table": None}
    lines = report.lines or tuple(range(1, plots + 1))
    told: dict[str, list[str]] = {"line": [str(line) for line in lines]} | {
        report.names.get(name, name): [factor.levels[code] for code in factor.codes]
        for name, factor in trial.factors.items()
        if name not in _crossed(report)
    }
    measured = {**trial.covariates, trial.name: trial.response}
    figures = {
        report.names.get(name, name): _own(words, values.tolist())
        for name, values in measured.items()
    }
    table = {
        "texts": [words.t("trial_report.line"), *list(told)[1:]],
        "figures": [*figures, *_left_names(report, words)],
        "rows": [
            list(row)
            for row in zip(*told.values(), *figures.values(), *_left(report, words), strict=True)
        ],
    }
    return {"note": words.t("trial_report.data_note", n=plots), "table": table}


def _own(words: Words, values: list[float]) -> list[str]:
    """Values as they were written in the sheet."""
    places = own_decimals(values)
    return [fixed(words, value, places) for value in values]


def _left_names(report: Report, words: Words) -> list[str]:
    if not report.analysis.residuals:
        return []
    names = ("fitted_short", "residual_short", "standardised_short")
    return [words.t(f"trial_report.{name}") for name in names]


def _left(report: Report, words: Words) -> list[list[str]]:
    """What the model makes of each plot; – on those it was not fitted to."""
    if not report.analysis.residuals:
        return []
    places = own_decimals(report.trial.response.tolist()) + 1
    by_plot = {one.index: one for one in report.analysis.residuals}
    rows = [by_plot.get(plot) for plot in range(len(report.trial.response))]
    return [
        [MISSING if one is None else fixed(words, one.fitted, places) for one in rows],
        [MISSING if one is None else fixed(words, one.residual, places) for one in rows],
        [MISSING if one is None else fixed(words, one.standardised, 2) for one in rows],
    ]
