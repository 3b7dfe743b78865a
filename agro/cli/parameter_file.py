"""Entries of a person's crop or soil file: CSV, TOML or JSON, one to a row or one name to a row."""

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agro.cli.fixed_file import as_csv, is_fixed
from agro.cli.output import nearest
from agro.errors import BadInput

_NAME_COLUMNS = {"parameter", "name", "quantity", "variable"}


def entry(file: Path, key: str, name: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The entry of this key, under the names that `names` gives to others'.

    Raises
    ------
    BadInput  The file cannot be read, or has no such entry.
    """
    found = [
        {names.get(plain(field), plain(field)): value for field, value in one.items()}
        for one in entries(file)
    ]
    named = {str(one[name]): one for one in found if one.get(name)}
    if key in named:
        return named[key]
    if len(found) == 1 and not named:
        return found[0]
    raise BadInput([f"{file}, {name}: {key!r} is not in the file; {nearest(key, named)}"])


def plain(field: str) -> str:
    """A column name in small letters, without its unit in brackets."""
    return field.partition("(")[0].partition("[")[0].strip().lower().replace(" ", "_")


def entries(file: Path) -> list[dict[str, Any]]:
    """The entries of a file, under its own names.

    Raises
    ------
    BadInput  The file cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix.lower() == ".toml":
            return _listed(tomllib.loads(text), file)
        if file.suffix.lower() == ".json" or text.lstrip()[:1] in ("{", "["):
            return _listed(json.loads(text), file)
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise BadInput([f"{file}: {told}; check the name"]) from error
    except ValueError as error:
        raise BadInput([f"{file}: cannot be read ({error}); correct it"]) from error
    return _table(as_csv(text, str(file)).lstrip("#\n") if is_fixed(text) else text, file)


def _table(text: str, file: Path) -> list[dict[str, Any]]:
    delimiter = max(";\t,", key=text.partition("\n")[0].count)
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    if not rows:
        raise BadInput([f"{file}: has no row; add one below the header"])
    decimal = "," if delimiter == ";" else "."
    told = [
        {k: v.strip().replace(decimal, ".") for k, v in row.items() if k and v and v.strip()}
        for row in rows
    ]
    header = [plain(column) for column in rows[0] if column]
    if len(header) >= 2 and header[0] in _NAME_COLUMNS and header[1] == "value":
        first, second = list(rows[0])[:2]
        return [{row[first]: row[second] for row in told if first in row and second in row}]
    return told


def _listed(document: Any, file: Path) -> list[dict[str, Any]]:
    """One entry, a list of entries, or entries by their key."""
    if isinstance(document, list) and all(isinstance(one, dict) for one in document):
        return document
    if isinstance(document, dict):
        nested = {name for name, value in document.items() if isinstance(value, (dict, list))}
        if nested <= {"layers"}:
            return [document]
        found: list[dict[str, Any]] = []
        for key, value in document.items():
            if isinstance(value, list):
                found += _listed(value, file)
            elif isinstance(value, dict):
                found.append({"key": key, **value})
        return found
    raise BadInput([f"{file}: holds no entries; write names and numbers"])
