"""The tables of a shared trial, column by column, for programs that read tables by themselves.

[1] Frictionless Data Package and Table Schema v1, https://specs.frictionlessdata.io
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agro.store.trials import PlannedTrial
from agro.trials.judging import Judged
from agro.trials.sharing.facts import identifier, urn
from agro.words import Words

_KNOWN = (
    *("plot", "row", "column", "block", "treatment", "entry"),
    *("replicate", "environment", "time", "main_plot", "sub_plot", "row_strip", "column_strip"),
)
_NOT_NAME = re.compile(r"[^a-z0-9._/]+")  # [1]: what a name must not hold


@dataclass(frozen=True, slots=True)
class SentTable:
    """A table as it is sent: its file, its bytes, its columns, and those that tell rows apart."""

    name: str
    body: bytes
    columns: tuple[str, ...]
    key: tuple[str, ...]


def datapackage(
    trial: PlannedTrial, judged: Judged, tables: Sequence[SentTable], words: Words
) -> dict[str, Any]:
    """The description of the tables; what nobody has said is left out."""
    told = {"title": trial.name, "description": trial.objective}
    return {
        "profile": "tabular-data-package",
        "name": _NOT_NAME.sub("-", f"{trial.site}-{trial.slug}".lower()),
        "id": urn(identifier(trial, "trial")),
        **{name: text for name, text in told.items() if text},
        "resources": [_resource(trial, judged, one, words) for one in tables],
    }


def _resource(trial: PlannedTrial, judged: Judged, one: SentTable, words: Words) -> dict[str, Any]:
    schema = {
        "fields": [_field(trial, judged, name, words) for name in one.columns],
        "missingValues": [""],
        "primaryKey": list(one.key),
    }
    return {
        "profile": "tabular-data-resource",
        "name": one.name.partition(".")[0],
        "path": one.name,
        "title": words.t(f"trial_share.file.{one.name.partition('.')[0]}"),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(one.body),
        "hash": f"sha256:{hashlib.sha256(one.body).hexdigest()}",
        "schema": schema,
    }


def _field(trial: PlannedTrial, judged: Judged, name: str, words: Words) -> dict[str, Any]:
    """A column: its type, what it holds, the unit of a number."""
    trait = next((one for one in trial.traits if one.name == name), None)
    measured = name == judged.data.name or name in judged.options.covariates
    whole = all(isinstance(row.get(name), int) for row in judged.table)
    kind = "number" if measured else "integer" if whole else "string"
    unit = {"unit": trait.unit} if trait and trait.unit else {}
    return {"name": name, "type": kind, "description": _meaning(name, judged, words, trait)} | unit


def _meaning(name: str, judged: Judged, words: Words, trait: Any) -> str:
    if trait is not None and trait.label:
        return str(trait.label)
    if name in judged.options.covariates:
        return words.t("trial_share.column.covariate")
    if name == judged.data.name:
        return words.t("trial_share.column.response")
    return words.t(f"trial_share.column.{name if name in _KNOWN else 'factor'}")
