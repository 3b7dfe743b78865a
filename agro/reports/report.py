"""What a report of a trial is made of; whoever calls has read the sheet and analysed it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from models.trials.model import Roles
from models.trials.results import Analysis
from models.trials.sheet import Trial


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a trial beside its sheet; what is not known stays empty and is left out.

    `blocks` is how many were laid out, 0 where that is not known; `dates` are what was done when,
    such as `("semis", date(2026, 3, 12))`.
    """

    title: str = ""
    site: str = ""
    place: str = ""
    objective: str = ""
    design: str = ""
    treatments: tuple[str, ...] = ()
    blocks: int = 0
    dates: tuple[tuple[str, date], ...] = ()
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the figures come from, so that anyone can find them again.

    Parameters
    ----------
    file : Name of the sheet, without its folder.
    sha256 : Of the bytes of the sheet, in hexadecimal.
    computed_at : Aware; when the analysis was made.
    command : What gives the same figures again, as it is typed.
    options : How the analysis was asked for, by the option's name.
    versions : Of the program and of the libraries it counted with, by name.
    """

    file: str
    sha256: str
    computed_at: datetime
    command: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report of one response of one trial says.

    Parameters
    ----------
    trial : As it was read: all plots, NaN where one was lost.
    roles : What its columns stand for.
    analysis : What `models.trials.analysis.analyse` says of the two.
    provenance : Where the figures come from.
    language : `fr` or `en`.
    zone : In which times are told, a name of the IANA list.
    about : What is known beside the sheet.
    unit : Of the response, such as `t/ha`; empty where it is not known.
    label : What was measured, in words; else the name of its column.
    names : Columns of the sheet in words, by their name; the others keep theirs.
    lines : (plots,)  Row of the file of each plot, as a spreadsheet counts; empty: not known.
    notes : What was found in the sheet, as sentences in `language`.
    empty : Plots without a value of which the sheet does not say what stood there.
    adjust : How probabilities of many differences were adjusted.
    alpha : Level of tests and letters; intervals hold 1 − alpha. [-]
    """

    trial: Trial
    roles: Roles
    analysis: Analysis
    provenance: Provenance
    language: str = "fr"
    zone: str = "UTC"
    about: About = About()
    unit: str = ""
    label: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    empty: int = 0
    adjust: str = "tukey"
    alpha: float = 0.05
