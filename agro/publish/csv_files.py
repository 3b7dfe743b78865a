"""Tables as comma-separated text, sent as they are read, with what their columns mean.

References
----------
[1] Tennison, Kellogg (2015), Metadata Vocabulary for Tabular Data. W3C Recommendation (CSVW).
[2] Shafranovich (2005), Common Format for CSV files. RFC 4180.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection

from agro.publish.answers import Database
from agro.publish.datasets import LANGUAGES, Dataset, datasets
from agro.publish.place import Register
from agro.publish.tables import TABLES, Asked, Part
from agro.store import logbook, readings

LICENCE: Final = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
"""Licence Ouverte / Open Licence, version 2.0."""

DICTIONARY: Final = ("table", "column", "type", "unit", "ucum", "meaning_fr", "meaning_en")


def marker(c: Connection, here: Register) -> tuple[object, ...]:
    """What differs once a table may say something else."""
    return (readings.written(c), logbook.size(c), here.today, here.mode)


def parts_of(c: Connection, here: Register, name: str, asked: Asked) -> list[Part]:
    """The parts of a table that are asked for; none where it tells of nothing yet."""
    table = TABLES[name]
    span = table.span(c, here)
    return [] if span is None else list(table.parts(here, asked, span))


def lines(database: Database, here: Register, name: str, parts: Iterable[Part]) -> Iterator[str]:
    """The text of a table, part by part; no connection is held while a part is sent."""
    header = datasets()[name].header
    yield _text([header])
    for part in parts:
        with database.connect() as c:
            rows = [[row[column] for column in header] for row in TABLES[name].rows(c, here, part)]
        if rows:
            yield _text(rows)


def _text(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def dictionary() -> str:
    """Every column of every table: what it is, in which unit, in French and English."""
    rows = [
        (
            *(one.name, column.name, column.type, column.unit, column.ucum),
            *(column.meaning[language] for language in LANGUAGES),
        )
        for one in datasets().values()
        for column in one.columns
    ]
    return _text([DICTIONARY, *rows])


def csvw(dataset: Dataset, publisher: str) -> Mapping[str, Any]:
    """What a program has to know of a table [1]."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "fr"}],
        "url": f"{dataset.name}.csv",
        "dc:title": _tagged(dataset.title),
        "dc:description": _tagged(dataset.description),
        "dc:publisher": publisher,
        "dc:license": {"@id": LICENCE},
        "dialect": {"encoding": "utf-8", "delimiter": ",", "header": True},
        "tableSchema": {
            "columns": [
                {
                    "name": one.name,
                    "titles": one.name,
                    "datatype": one.type,
                    "dc:description": _tagged(one.meaning),
                    **({"schema:unitCode": one.ucum} if one.ucum else {}),
                    "required": one.name in dataset.key and one.name != "depth_cm",
                }
                for one in dataset.columns
            ],
            "primaryKey": list(dataset.key),
        },
    }


def _tagged(words: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"@value": words[language], "@language": language} for language in LANGUAGES]
