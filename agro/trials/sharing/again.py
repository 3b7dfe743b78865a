"""A shared trial, computed again from its data and options alone: no store is asked."""

import csv
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import nan
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from agro.errors import BadInput
from agro.sheets import LARGEST
from agro.trials.judging import Judged, Options, analysed, as_trial
from agro.trials.parts import DESIGNS
from agro.trials.planning import request_of
from agro.trials.sharing.bundle import (
    DATA,
    DESIGN,
    LAYOUT,
    OPTIONS,
    RESULT,
    VERSIONS,
    installed,
    result_document,
)
from agro.trials.sharing.compare import TOLERANCE, Compared, compare
from models.trials.design import VERSION, randomise
from models.trials.draws import STREAM
from models.trials.model import Roles

_Read = TypeVar("_Read")
_NEEDED = (DATA, OPTIONS, RESULT)


@dataclass(frozen=True, slots=True)
class Again:
    """What came of computing again.

    `same_data` says whether the table is the one that was sent; `same_layout` whether the seed
    draws the layout again, None where it was not drawn here; `versions` are the programs that are
    not those of then, as (then, now).
    """

    compared: Compared
    same_data: bool
    same_layout: bool | None
    versions: Mapping[str, tuple[str, str]]

    @property
    def holds(self) -> bool:
        """Whether everything is as it was said."""
        return self.same_data and self.same_layout is not False and not self.compared.differs


def again(body: bytes, name: str, *, tolerance: float = TOLERANCE) -> Again:
    """Compute the analysis of a shared trial and compare every figure.

    Raises
    ------
    BadInput  The file is not one that was shared, or its data and options do not fit.
    """
    found = _opened(body, name)
    told = {one: _json(found[one], f"{name}: {one}") for one in found if one.endswith(".json")}
    judged = _judged(found[DATA], told[OPTIONS], name)
    return Again(
        compare(told[RESULT], result_document(judged), tolerance=tolerance),
        hashlib.sha256(found[DATA]).hexdigest() == told[OPTIONS].get("data_sha256"),
        _redrawn(told.get(DESIGN, {}), found.get(LAYOUT, b""), name),
        _other_versions(told.get(VERSIONS, {})),
    )


def _opened(body: bytes, name: str) -> dict[str, bytes]:
    """The files that are needed, each no larger than a sheet may be.

    Raises
    ------
    BadInput  It is no zip, it is damaged, or a file is missing or too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            sizes = {one.filename: one.file_size for one in file.infolist()}
            large = [one for one, size in sizes.items() if size > LARGEST]
            lacking = [one for one in _NEEDED if one not in sizes]
            lines = [f"{name}: {one} is larger than {LARGEST / 1e6:.0f} MB" for one in large]
            lines += [f"{name}: has no {one}; take a file of agro trial share" for one in lacking]
            if lines:
                raise BadInput(lines)
            wanted = (*_NEEDED, DESIGN, LAYOUT, VERSIONS)
            return {one: file.read(one) for one in wanted if one in sizes}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        line = f"{name}: is not a whole zip ({error}); take a file of agro trial share"
        raise BadInput([line]) from error


def _json(body: bytes, name: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise BadInput([f"{name} is not JSON ({error}); take the file again"]) from error
    if not isinstance(found, dict):
        raise BadInput([f"{name} holds no fields; take the file again"])
    return found


def _judged(body: bytes, told: Mapping[str, Any], name: str) -> Judged:
    """The analysis of the data by the options.

    Raises
    ------
    BadInput  They do not fit each other.
    """
    own = {key: value for key, value in told.items() if key not in ("response", "data_sha256")}
    roles = _valid(Roles, own.pop("roles", {}), f"{name}: {OPTIONS}")
    options = _valid(Options, own, f"{name}: {OPTIONS}")
    response = str(told.get("response", ""))
    columns, table = _table(body, (response, *options.covariates), f"{name}: {DATA}")
    _check(roles, columns, f"{name}: {OPTIONS}")
    data = as_trial(table, columns, response, options.covariates)
    try:
        return Judged(analysed(data, roles, options), data, roles, options, table, columns)
    except (KeyError, ValueError) as error:
        raise BadInput([f"{name}: cannot be analysed ({error}); take the file again"]) from error


def _valid(kind: type[_Read], told: Any, name: str) -> _Read:
    """What was written as the dataclass that it was.

    Raises
    ------
    BadInput  A field is not known here, or has a value that cannot be.
    """
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    strange = sorted(set(told) - known) if isinstance(told, dict) else []
    if strange:
        line = f"{name}: {', '.join(strange)} is not known; use the version in {VERSIONS}"
        raise BadInput([line])
    try:
        return TypeAdapter(kind).validate_python(told)
    except ValidationError as error:
        places = [(".".join(str(part) for part in one["loc"]), one) for one in error.errors()]
        raise BadInput(
            f"{name}: {place}: {one['input']!r} cannot be ({one['msg']}); take the file again"
            for place, one in places
        ) from error


def _check(roles: Roles, columns: Sequence[str], name: str) -> None:
    """Refuse a design or columns that are not there."""
    parts = [getattr(roles, one.name) for one in fields(roles) if one.name != "design"]
    asked = [one for part in parts for one in ((part,) if isinstance(part, str) else part or ())]
    lines = [f"{name}: {one} is no column of {DATA}" for one in asked if one not in columns]
    if roles.design not in DESIGNS:
        lines.append(f"{name}: {roles.design!r} is no design; known: {', '.join(DESIGNS)}")
    if lines:
        raise BadInput(lines)


def _table(
    body: bytes, numbers: Sequence[str], name: str
) -> tuple[tuple[str, ...], tuple[dict[str, Any], ...]]:
    """The columns and rows as they were sent; an empty cell is NaN in numbers, None elsewhere.

    Raises
    ------
    BadInput  A column is missing, or a cell of numbers holds none: one line each.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(body.decode())))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput([f"{name} cannot be read ({error}); take the file again"]) from error
    columns = tuple(rows[0]) if rows else ()
    lines = [
        f"{name} has no column {one}; take the file again" for one in numbers if one not in columns
    ]
    if lines:
        raise BadInput(lines)
    table = []
    for count, row in enumerate(rows, start=2):
        try:
            table.append({key: _cell(text, number=key in numbers) for key, text in row.items()})
        except (TypeError, ValueError) as error:
            lines.append(f"{name}, row {count}: {error}; take the file again")
    if lines:
        raise BadInput(lines)
    return columns, tuple(table)


def _cell(text: str, *, number: bool) -> Any:
    if number:
        return float(text) if text else nan
    return text or None


def _redrawn(design: Mapping[str, Any], layout: bytes, name: str) -> bool | None:
    """Whether the request and its seed draw the layout that was sent.

    Raises
    ------
    BadInput  The request is none.
    """
    request = design.get("request")
    if request is None or design.get("generator") != f"{STREAM} {VERSION}":
        return None
    try:
        header, *sent = csv.reader(io.StringIO(layout.decode()))
        drawn = randomise(request_of(request))
    except (AttributeError, TypeError, ValueError, csv.Error) as error:
        line = f"{name}: {DESIGN} or {LAYOUT} cannot be ({error}); take the file again"
        raise BadInput([line]) from error
    columns = [one for one in drawn.columns if one != "time"]
    rows = {tuple(_written(row.get(one)) for one in columns) for row in drawn.rows()}
    return header == columns and {tuple(row) for row in sent} == rows


def _written(value: object) -> str:
    return "" if value is None else str(value)


def _other_versions(then: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    now = installed()
    return {
        name: (str(number), now.get(name, ""))
        for name, number in then.items()
        if str(number) != now.get(name, "")
    }
