"""The catalogue of indicators: what each is called, counts in, aims at and must be covered by.

`catalogue.yaml` holds what is true anywhere; a city adds its own thresholds in `targets.yaml` of
its pack. Both are checked whole when they are read.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from agro import packs
from agro.words import named

Rule = Literal["sum", "recompute", "pool", "area_weighted", "distribution", "site_only", "external"]
Status = Literal[
    "legal",
    "programme",
    "announced",
    "framework",
    "literature",
    "convention",
    "observed",
    "foreign",
]
JUDGING = ("legal", "programme", "announced")
"""The thresholds that may judge a value, the strongest first; all others are named lines."""

_HERE = Path(__file__).parent / "catalogue.yaml"
_PACKS = Path(packs.__file__).parent
_TARGETS = "targets.yaml"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Threshold(_Entry):
    """A value that a figure is compared with, and by what right.

    `baseline` names a reference of the book of which the threshold is a `share`; `year` is the one
    it is set for; `country` limits a national law. Without a value it is a line of text.
    """

    label_fr: str = Field(min_length=1)
    label_en: str = Field(min_length=1)
    op: Literal[">=", "<=", "=", "between"]
    value: float | tuple[float, float] | None
    status: Status
    source: str
    evidence: Literal["V", "R", "C"]
    year: int | None = None
    country: str = ""
    baseline: str = ""
    share: float = 1.0

    def label(self, language: str) -> str:
        """Its name in a language."""
        return named(self, "line", self.label_en, language, "label")

    @model_validator(mode="after")
    def _has_its_shape(self) -> Self:
        if (self.op == "between") != isinstance(self.value, tuple) and self.value is not None:
            raise ValueError("'between' has two values, every other op has one")
        return self

    @property
    def judges(self) -> bool:
        """Whether it may judge: by its status, and only where its source was read."""
        return self.status in JUDGING and self.evidence == "V"


class Coverage(_Entry):
    """The least share of records below which a figure is incomplete; None: none is asked.

    `needed`: where nothing at all is covered there is no figure, however it would be summed.
    """

    min: float | None = Field(ge=0, le=1)
    rule: str
    needed: bool = False


class Indicator(_Entry):
    """An indicator as the catalogue has it. `params` are the numbers its formula needs.

    `framework` names the one it belongs to, where only cities that answer to it compute it.
    """

    id: str = Field(pattern=r"^[A-Z][A-Z0-9_]+$")
    name_fr: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    domain: str = Field(min_length=1)
    tier: Literal[1, 2, 3]
    unit: str = Field(min_length=1)
    direction: Literal["up", "down", "target", "context"]
    rule: Rule
    coverage: Coverage
    evidence: Literal["V", "R", "C"]
    formula: str = Field(min_length=1)
    how: Literal["computed", "entered"] = "computed"
    framework: str = ""
    refs: dict[str, list[str | int]] = Field(default_factory=dict)
    params: dict[str, Any] = Field(default_factory=dict)
    thresholds: tuple[Threshold, ...] = ()
    caution_fr: str = ""
    caution_en: str = ""

    def name(self, language: str) -> str:
        """Its name in a language; English where it has none."""
        return named(self, "indicator", self.id, language)

    def caution(self, language: str) -> str:
        """What to beware of, in a language; empty where there is nothing."""
        return named(self, "indicator_caution", self.id, language, "caution")


class RuleText(_Entry):
    """How a coverage rule is said."""

    fr: str
    en: str


class Catalogue(_Entry):
    """All indicators, the sources they name and the coverage rules in words."""

    sources: dict[str, str]
    rules: dict[str, RuleText]
    indicators: tuple[Indicator, ...]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        ids = [one.id for one in self.indicators]
        if len(set(ids)) != len(ids):
            raise ValueError("an indicator stands twice")
        for one in self.indicators:
            if one.coverage.rule not in self.rules:
                raise ValueError(f"{one.id}: no coverage rule {one.coverage.rule!r}")
            for threshold in one.thresholds:
                if threshold.source not in (*self.sources, "C"):
                    raise ValueError(f"{one.id}: no source {threshold.source!r}")
        return self

    @property
    def by_id(self) -> Mapping[str, Indicator]:
        """The indicators by their id, in their order."""
        return {one.id: one for one in self.indicators}


class _Targets(_Entry):
    sources: dict[str, str]
    thresholds: dict[str, list[Threshold]]


@cache
def whole() -> Catalogue:
    """The catalogue as the file has it."""
    return Catalogue.model_validate(yaml.safe_load(_HERE.read_text(encoding="utf-8")))


@cache
def catalogue(city: str = "", country: str = "", frameworks: tuple[str, ...] = ()) -> Catalogue:
    """The catalogue as it holds in a city: its own targets, no foreign laws or frameworks.

    `city` is the name or folder of a city pack, empty = none; `country` two letters, empty = any;
    `frameworks` those it answers to, empty = all.
    """
    read, own = whole(), _targets(city)
    listed = []
    for one in read.indicators:
        if frameworks and one.framework and one.framework not in frameworks:
            continue
        all_of_it = (*one.thresholds, *own.thresholds.get(one.id, ()))
        here = tuple(t for t in all_of_it if not country or t.country in ("", country))
        listed.append(one.model_copy(update={"thresholds": here}))
    merged = {**read.sources, **own.sources}
    return Catalogue(sources=merged, rules=read.rules, indicators=tuple(listed))


def _targets(city: str) -> _Targets:
    """The city's own thresholds; none where its pack has no such file."""
    folder = _PACKS / city if city in packs.available() else Path(city)
    file = folder / _TARGETS
    if not city or not file.is_file():
        return _Targets(sources={}, thresholds={})
    return _Targets.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
