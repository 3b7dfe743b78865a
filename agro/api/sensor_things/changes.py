"""POST, PATCH, PUT and DELETE: from a path and a body to an answer."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from agro.api.sensor_things import answer, bounds
from agro.api.sensor_things.answer import Answering
from agro.api.sensor_things.entities import TYPES
from agro.api.sensor_things.errors import ApiError, bad
from agro.api.sensor_things.paths import OneOf, SetOf, resolve
from agro.api.sensor_things.read import Found, one
from agro.api.sensor_things.service import Answer
from agro.api.sensor_things.syntax import Options
from agro.api.sensor_things.write import Writer, changeable

JSON_PATCH = "application/json-patch+json"
_OBSERVATION = TYPES["Observation"]


def change(c: Connection, base: str, asked: tuple[str, str], body: Any, type_: str) -> Answer:
    """The answer to a request that writes; `asked` are its method and path.

    Raises
    ------
    ApiError  It cannot be done; nothing of it remains.
    """
    method, path = asked
    if path == "CreateObservations" and method == "POST":
        return _observations(c, base, body)
    at = resolve(c, path)
    if at.form != "plain" or (isinstance(at, OneOf) and at.property):
        raise ApiError(405, f"{method} cannot be used on a property or an address")
    writer = Writer(c)
    if isinstance(at, SetOf):
        if method != "POST":
            raise ApiError(405, f"{method} needs one entity, as Things(1)")
        return _created(c, base, at, body, writer)
    return _changed(c, base, at, method, (body, type_), writer)


def _created(c: Connection, base: str, at: SetOf, body: Any, writer: Writer) -> Answer:
    given: dict[str, int] = {}
    if at.within is not None:
        changeable(at.within.parent)
        given[at.within.parent.source.type.links[at.within.link].back] = at.within.parent.id
    id_ = writer.create(at.kind, body, given)
    return _told(c, base, one(c, at.kind, id_), 201)


def _changed(
    c: Connection,
    base: str,
    at: OneOf,
    method: str,
    sent: tuple[Any, str],
    writer: Writer,
) -> Answer:
    body, type_ = sent
    match method:
        case "DELETE":
            writer.delete(at.found)
            return Answer(200)
        case "PATCH" if type_.startswith(JSON_PATCH):
            writer.patch(at.found, body)
        case "PATCH":
            writer.update(at.found, body, whole=False)
        case "PUT":
            writer.update(at.found, body, whole=True)
        case _:
            raise ApiError(405, f"{method} needs a set, as Things")
    return _told(c, base, one(c, at.found.source.type, at.found.id), 200)


def _told(c: Connection, base: str, found: Found, status: int) -> Answer:
    how = Answering(c, base, bounds.Budget())
    link = answer.self_link(base, found)
    body = answer.entities(how, [found], Options())[0]
    return Answer(status, body, headers={"Location": link} if status == 201 else {})


def _observations(c: Connection, base: str, body: Any) -> Answer:
    """CreateObservations (18-088, 13.2): an address for each row, `error` where it cannot be."""
    if not isinstance(body, list):
        raise bad('send [{"Datastream": {"@iot.id": 1}, "components": […], "dataArray": [[…]]}]')
    writer = Writer(c)
    return Answer(201, [_row(c, base, writer, row) for group in body for row in _rows(group)])


def _rows(group: Any) -> Sequence[dict[str, Any]]:
    if not isinstance(group, dict):
        raise bad("each entry of CreateObservations is a JSON object")
    components, rows = group.get("components"), group.get("dataArray")
    if not isinstance(components, list) or not isinstance(rows, list):
        raise bad("CreateObservations needs components and dataArray, two lists")
    return [_named(group.get("Datastream"), components, row) for row in rows]


def _named(stream: Any, components: list[Any], row: Any) -> dict[str, Any]:
    if not isinstance(row, list) or len(row) != len(components):
        return {}
    told: dict[str, Any] = {"Datastream": stream}
    for name, value in zip(components, row, strict=True):
        if name == "FeatureOfInterest/id":
            told["FeatureOfInterest"] = {"@iot.id": value}
        elif name != "id":
            told[str(name)] = value
    return told


def _row(c: Connection, base: str, writer: Writer, row: dict[str, Any]) -> str:
    try:
        with c.begin_nested():
            return f"{base}/Observations({writer.create(_OBSERVATION, row, {})})"
    except ApiError:
        return "error"
