"""The layout of a trial on paper: one page that any browser prints, with nothing else around it."""

from datetime import date
from html import escape

from agro.dashboard import trials_grid
from agro.dashboard.trials_layout_field import coloured, field
from agro.dashboard.trials_words import bounds, facts, trait_name
from agro.store.trials import PlannedTrial
from agro.trials.planning import times
from agro.words import Words
from models.trials.design import TREATMENT

_CSS = """
body { font: 11pt/1.35 "Source Sans 3", "Segoe UI", sans-serif; color: #1a211d; margin: 0; }
h1 { font-size: 17pt; margin: 0 0 1mm; } h2 { font-size: 13pt; margin: 5mm 0 1mm; }
p { margin: 0 0 1mm; } .quiet { color: #4d5852; }
dl { display: flex; flex-wrap: wrap; gap: 1mm 7mm; margin: 2mm 0; }
dl div { display: flex; gap: 2mm; }
dt { color: #4d5852; } dd { margin: 0; font-weight: 600; }
section + section { break-before: page; }
.field-box { overflow: visible; } .field tr { break-inside: avoid; }
"""
_LONG, _SHORT, _ROUND_IT = 273.0, 186.0, (14.0, 78.0)  # mm of A4 within its margins, and not plots
_LARGEST, _LEAST = (32.0, 15.0), (9.0, 5.5)  # mm, of a plot on paper


def page(words: Words, trial: PlannedTrial, today: date, css: str) -> bytes:
    """A whole HTML page; `css` holds how the field looks on the screen."""
    found = coloured(words, trial, [], TREATMENT)
    fields = "".join(
        f"<section>{_heading(place)}"
        f"{field(words, trial, trials_grid.of_environment(trial, place), found)}</section>"
        for place in trials_grid.environments(trial) or ("",)
    )
    told = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>"
        for name, text in facts(words, trial, today)
    )
    objective = f"<p>{escape(trial.objective)}</p>" if trial.objective else ""
    return (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        f"<title>{escape(trial.name)}</title><style>{css}{_CSS}{_paper(trial)}</style></head><body>"
        f"<h1>{escape(trial.name)}</h1>{objective}<dl>{told}</dl>{fields}"
        f"{_measured(words, trial)}{_drawn(words, trial)}</body></html>"
    ).encode()


def _paper(trial: PlannedTrial) -> str:
    """The sheet along the longer side of the field, and plots that fill it."""
    rows = 1 + max(one.row for one in trial.plots) - min(one.row for one in trial.plots)
    columns = 1 + max(one.column for one in trial.plots) - min(one.column for one in trial.plots)
    lying = columns * _LARGEST[0] > rows * _LARGEST[1]
    page_width, page_height = (_LONG, _SHORT) if lying else (_SHORT, _LONG)
    fits = ((page_width - _ROUND_IT[0]) / columns, (page_height - _ROUND_IT[1]) / rows)
    width, height = (
        min(max(one, least), most) for one, least, most in zip(fits, _LEAST, _LARGEST, strict=True)
    )
    size = min(11.0, 0.9 * height, 0.45 * width)
    return (
        f"@page {{ size: A4 {'landscape' if lying else 'portrait'}; margin: 12mm; }}\n"
        f".field td {{ width: {width:.1f}mm; min-width: {width:.1f}mm; max-width: {width:.1f}mm; "
        f"height: {height:.1f}mm; padding: 0 .5mm; "
        f"box-sizing: border-box; }}\n"
        f".field td span {{ font-size: {size:.1f}pt; }}\n"
        f".field td b {{ font-size: {0.8 * size:.1f}pt; }}"
    )


def _heading(place: str) -> str:
    return f"<h2>{escape(place)}</h2>" if place else ""


def _measured(words: Words, trial: PlannedTrial) -> str:
    """What is measured, and between which bounds a value is believed."""
    told = [
        trait_name(one) + (f", {limits}" if (limits := bounds(words, one)) else "")
        for one in trial.traits
    ]
    visits = [one for one in times(trial) if one]
    lines = [f"{words.t('trials.fact_traits')} — {' ; '.join(told)}"] if told else []
    if visits:
        lines.append(f"{words.t('trials.visits')} — {', '.join(visits)}")
    return "".join(f'<p class="quiet">{escape(line)}</p>' for line in lines)


def _drawn(words: Words, trial: PlannedTrial) -> str:
    line = origin(words, trial)
    return f'<p class="quiet">{escape(line)}</p>' if line else ""


def origin(words: Words, trial: PlannedTrial) -> str:
    """From which seed a layout was drawn, so that it can be drawn again."""
    if trial.request is None:
        return ""
    seed = str(trial.request.get("seed", ""))
    version = trial.generator.rpartition(" ")[2]
    return words.t("trials.drawn", seed=seed, version=version)
