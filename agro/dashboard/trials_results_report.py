"""An analysis as a report takes it: the same object serves the PDF and the tables of the page."""

from datetime import datetime
from shlex import quote

from agro.dashboard.frame import Frame
from agro.dashboard.trials_words import bed_name
from agro.reports import About, Provenance, Report
from agro.reports.provenance import versions
from agro.store.trials import PlannedTrial, Trait
from agro.trials.judging import Judged, Options
from agro.trials.sharing.bundle import DATA
from agro.words import Words

_COLUMNS = (
    *("treatment", "block", "row", "column", "replicate", "environment", "time", "plot"),
    *("main_plot", "sub_plot"),
)


def trait_of(trial: PlannedTrial, name: str) -> Trait:
    """The trait of a name."""
    return next((one for one in trial.traits if one.name == name), Trait(name))


def names_of(words: Words, judged: Judged) -> dict[str, str]:
    """The columns as a sentence calls them; factors keep the names that people gave them."""
    factors = [one for one in judged.data.factors if words.knows(f"trial_factor.{one}.name")]
    found = {one: words.t(f"trial_factor.{one}.name") for one in factors}
    return found | {one: words.t(f"trial_results.name.{one}") for one in _COLUMNS}


def report_of(frame: Frame, trial: PlannedTrial, judged: Judged, at: datetime) -> Report:
    """The analysis with all that a report says beside it."""
    words, trait = frame.words, trait_of(trial, judged.data.name)
    return Report(
        trial=judged.data,
        roles=judged.roles,
        analysis=judged.analysis,
        provenance=Provenance(
            file=DATA,
            sha256=judged.sha256,
            computed_at=at.replace(microsecond=0),
            command=command(trial, judged),
            options=told(judged.options),
            versions=versions(),
        ),
        language=words.language,
        zone=str(words.zone),
        about=_about(frame, trial),
        unit=trait.unit,
        label=trait.label,
        names=names_of(words, judged),
        alpha=judged.options.alpha,
        adjust=judged.options.adjust,
    )


def _about(frame: Frame, trial: PlannedTrial) -> About:
    words = frame.words
    sown = ((words.t("trial_results.sown"), trial.sown),) if trial.sown else ()
    return About(
        title=trial.name,
        site=frame.site.name if frame.site else "",
        place=bed_name(trial),
        objective=trial.objective,
        design=trial.design,
        treatments=trial.treatments,
        blocks=trial.blocks,
        dates=sown,
        contact=trial.contact,
    )


def told(options: Options) -> dict[str, str]:
    """The options that were not left as they are, by their names on the command line."""
    found = {"adjust": options.adjust, "alpha": f"{options.alpha:g}"}
    found |= {
        name: value
        for name, value in (
            ("control", options.control),
            ("by", options.by),
            ("covariate", ",".join(options.covariates)),
            ("transform", "" if options.scale == "none" else options.scale),
            ("blocks", "" if options.blocks == "random" else options.blocks),
            ("quantitative", options.quantitative),
            ("contrast", " ; ".join(options.contrasts)),
        )
        if value
    }
    if options.price_ratio is not None:
        found["price-ratio"] = f"{options.price_ratio:g}"
    return found | dict.fromkeys(_flags(options), "")


def _flags(options: Options) -> list[str]:
    flags = {"spatial": options.spatial, "correlation": options.correlation}
    return [name for name, is_set in flags.items() if is_set]


def command(trial: PlannedTrial, judged: Judged) -> str:
    """What gives the same figures again from the store."""
    said = told(judged.options)
    contrasts = [f"--contrast {quote(one)}" for one in judged.options.contrasts]
    options = [
        f"--{name} {quote(value)}" if value else f"--{name}"
        for name, value in said.items()
        if name != "contrast"
    ]
    where = f"agro trial judge {trial.slug} --site {trial.site} --trait {judged.data.name}"
    return " ".join([where, *options, *contrasts])
