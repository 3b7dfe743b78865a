"""One request to one answer: what is read here, what is written in `write`."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from agro.api.sensor_things import answer, bounds
from agro.api.sensor_things.answer import Answering
from agro.api.sensor_things.entities import SETS
from agro.api.sensor_things.errors import bad, missing
from agro.api.sensor_things.options import Pairs, next_link, read_options
from agro.api.sensor_things.paths import OneOf, SetOf, resolve
from agro.api.sensor_things.read import page
from agro.api.sensor_things.syntax import Options

_SPEC = "http://www.opengis.net/spec/iot_sensing/1.1/req/"
CONFORMANCE = tuple(
    _SPEC + name
    for name in (
        "datamodel",
        "resource-path/resource-path-to-entities",
        "request-data",
        "create-update-delete/create-entity",
        "create-update-delete/link-to-existing-entities",
        "create-update-delete/deep-insert",
        "create-update-delete/deep-insert-status-code",
        "create-update-delete/update-entity",
        "create-update-delete/update-entity-put",
        "create-update-delete/update-entity-jsonpatch",
        "create-update-delete/delete-entity",
        "create-update-delete/historical-location-auto-creation",
        "create-update-delete/historical-location-manual-creation",
        "batch-request/batch-request",
        "data-array/data-array",
    )
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a JSON body, or plain text where `text` is given, or nothing."""

    status: int = 200
    body: Any = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def root(base: str) -> Answer:
    """The service's sets, and which parts of the standard it keeps (18-088, 9.2.1)."""
    sets = [{"name": name, "url": f"{base}/{name}"} for name in sorted(SETS)]
    return Answer(body={"value": sets, "serverSettings": {"conformance": list(CONFORMANCE)}})


def get(c: Connection, base: str, path: str, pairs: Pairs) -> Answer:
    """The answer to a GET.

    Raises
    ------
    ApiError  There is nothing, or the request cannot be understood or is too large.
    """
    if not path.strip("/"):
        return root(base)
    options, result_format = read_options(pairs)
    at = resolve(c, path)
    how = Answering(c, base, bounds.Budget())
    if isinstance(at, OneOf):
        return _one(how, at, options, result_format)
    address = f"{base}/{path.strip('/')}"
    return _set(how, at, options, result_format, (address, pairs))


def _set(
    how: Answering, at: SetOf, options: Options, result_format: str, asked: tuple[str, Pairs]
) -> Answer:
    found = page(how.c, at.kind, options, at.within)
    link = next_link(*asked, options, found)
    if at.form == "$ref":
        return Answer(body=answer.references(how, found, link))
    if result_format:
        if at.kind.name != "Observation":
            raise bad("resultFormat=dataArray is for Observations")
        return Answer(body=answer.data_array(how, found, options, link))
    return Answer(body=answer.collection(how, found, options, link))


def _one(how: Answering, at: OneOf, options: Options, result_format: str) -> Answer:
    if result_format:
        raise bad("resultFormat=dataArray is for a set of Observations")
    if at.form == "$ref":
        return Answer(body={"@iot.selfLink": answer.self_link(how.base, at.found)})
    if at.property:
        return _property(at)
    return Answer(body=answer.entities(how, [at.found], options)[0])


def _property(at: OneOf) -> Answer:
    """A property by its name, or only its value; 204 where it is null (OData 4.0, 11.2.3)."""
    value: Any = at.found.source.render(at.found.row).get(at.property[0])
    for name in at.property[1:]:
        if not isinstance(value, dict) or name not in value:
            raise missing(f"{'/'.join(at.property)[:80]} has no {name[:40]!r}")
        value = value[name]
    if value is None:
        return Answer(204)
    if at.form == "$value":
        if isinstance(value, dict | list):
            return Answer(body=value)
        return Answer(text=_plain(value))
    return Answer(body={at.property[-1]: value})


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
