"""The report of a trial, from a sheet or from the store."""

import shlex
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agro.cli.output import configured, nearest, store, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.reports import About, Provenance, Report
    from agro.store.trials import PlannedTrial

_STORED = (
    *("response", "by", "adjust", "control", "alpha", "covariate", "quantitative", "price_ratio"),
    *("contrast", "transform", "blocks", "spatial", "correlation"),
)
"""Options that the analysis of a stored trial takes; its layout is known."""
_UNSAID = {
    "alpha": 0.05,
    "transform": "none",
    "blocks": "random",
    "spatial": False,
    "correlation": False,
}


def of_file(
    file: Path, asked: Mapping[str, Any], said: Mapping[str, str], worded: Mapping[str, str]
) -> tuple["Report", list[str]]:
    """The report of a sheet, and what of it could not be used.

    Raises
    ------
    BadInput  The file or the options cannot be used.
    """
    import hashlib

    from agro.cli.trial import analysed, finding_line
    from agro.reports import About, Report
    from agro.words import say

    absent = [name for name in ("response", "treatment", "design") if not asked[name]]
    if absent:
        raise BadInput(f"--{name}: a sheet does not say it; name it" for name in absent)
    found = analysed(file, **asked)
    tell(found.doubts)
    words = say(worded["language"])
    reading = found.reading
    if reading.trial is None:
        raise BadInput(found.problems)
    options = _given(asked)
    command = shlex.join(("agro", "trial", "analyse", file.name, *_words(options), "--json"))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    made = Report(
        trial=reading.trial,
        roles=reading.roles,
        analysis=found.analysis,
        provenance=_provenance(file.name, digest, command, options),
        about=About(
            title=said["title"],
            site=said["site"],
            objective=said["objective"],
            contact=said["contact"],
        ),
        lines=reading.lines,
        notes=tuple(finding_line(words, Path(file.name), one) for one in reading.findings),
        empty=reading.empty,
        adjust=found.adjust,
        alpha=asked["alpha"],
        language=worded["language"],
        unit=worded["unit"],
        label=worded["label"],
    )
    return made, found.problems


def of_store(
    slug: str,
    site: str,
    asked: Mapping[str, Any],
    said: Mapping[str, str],
    worded: Mapping[str, str],
) -> "Report":
    """The report of a stored trial, from the values that count.

    Raises
    ------
    BadInput  There is no such trial or trait, or no value of it.
    """
    from agro.cli.trial_options import options_of
    from agro.reports import Report
    from agro.store.trials import values
    from agro.store.values import time_zone
    from agro.trials.judging import judge

    strange = [name for name in _given(asked) if name not in _STORED]
    if strange:
        raise BadInput(
            f"--{_dashed(name)}: a stored trial knows it; leave it out" for name in strange
        )
    options = options_of(asked)
    with store() as engine, engine.connect() as c:
        planned = _planned(c, slug, site)
        trait = _trait(planned, asked["response"])
        try:
            judged = judge(planned, values(c, planned.site, slug), trait, options)
        except ValueError as error:
            raise BadInput([f"{slug}: {error}"]) from error
        about = _about(c, planned, said, worded["language"])
        zone = str(time_zone(c))
    units = {one.name: (one.unit, one.label) for one in planned.traits}
    unit, label = units.get(trait, ("", ""))
    given = _given({**asked, "response": trait})
    command = shlex.join(
        (
            "agro",
            "report",
            "trial",
            slug,
            "--site",
            planned.site,
            *_words(given),
            "--out",
            "FILE.pdf",
        )
    )
    return Report(
        trial=judged.data,
        roles=judged.roles,
        analysis=judged.analysis,
        provenance=_provenance(f"{planned.site}/{slug}", judged.sha256, command, given),
        about=about,
        adjust=options.adjust,
        alpha=options.alpha,
        language=worded["language"],
        zone=zone,
        unit=worded["unit"] or unit,
        label=worded["label"] or label,
    )


def _planned(c: "Connection", slug: str, site: str) -> "PlannedTrial":
    """The trial of this slug, of the site where several have one.

    Raises
    ------
    BadInput  There is none, or more than one.
    """
    from agro.store.trials import planned, trial_of

    known = planned(c, site or None)
    sites = [one.site for one in known if one.slug == slug]
    if not sites:
        hint = nearest(slug, {one.slug for one in known})
        raise BadInput([f"{slug}: neither a file nor a trial of the store; {hint}"])
    if len(sites) > 1:
        raise BadInput([f"--site: {', '.join(sites)} each have a trial {slug}; name one"])
    return trial_of(c, sites[0], slug)


def _trait(planned: "PlannedTrial", asked: str) -> str:
    """What was measured: as asked, or the only trait."""
    names = [one.name for one in planned.traits]
    if asked in names or (not asked and len(names) == 1):
        return asked or names[0]
    raise BadInput(
        [f"--response: {asked!r} is no trait of {planned.slug}; {nearest(asked, names)}"]
    )


def _about(
    c: "Connection", planned: "PlannedTrial", said: Mapping[str, str], language: str
) -> "About":
    """What the store knows of a trial; what was said on the command line goes before."""
    from agro.reports import About
    from agro.store import farms
    from agro.words import say

    names = {one.slug: one.name for one in farms.sites(c)}
    dates: tuple[tuple[str, date], ...] = ()
    if planned.sown is not None:
        dates = ((say(language).t("trial_report.sown"), planned.sown),)
    return About(
        title=said["title"] or planned.name,
        site=names.get(planned.site, planned.site),
        place=planned.plot,
        objective=said["objective"] or planned.objective,
        blocks=planned.blocks,
        dates=dates,
        contact=said["contact"] or planned.contact,
    )


def _provenance(file: str, sha256: str, command: str, options: Mapping[str, Any]) -> "Provenance":
    from agro.config import now
    from agro.reports import Provenance
    from agro.reports.provenance import versions

    configured()
    told = {f"--{_dashed(name)}": _written(value) for name, value in options.items()}
    return Provenance(file, sha256, now().replace(microsecond=0), command, told, versions())


def _given(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The options that say something else than they would unsaid."""
    return {
        name: value
        for name, value in asked.items()
        if value not in ("", None, []) and value != _UNSAID.get(name)
    }


def _words(options: Mapping[str, Any]) -> list[str]:
    """Options as they are typed."""
    typed: list[str] = []
    for name, value in options.items():
        if value is False:
            typed.append(f"--no-{_dashed(name)}")
        elif value is True:
            typed.append(f"--{_dashed(name)}")
        else:
            for one in value if isinstance(value, list) else [value]:
                typed += [f"--{_dashed(name)}", str(one)]
    return typed


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _written(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is True else str(value)
