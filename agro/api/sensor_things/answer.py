"""Entities as JSON: properties, links, and what `$expand` adds in line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import Connection

from agro.api.sensor_things import bounds
from agro.api.sensor_things.errors import bad
from agro.api.sensor_things.read import PARENT, Found, Page, Query, size, world_of
from agro.api.sensor_things.sources import Row, Source
from agro.api.sensor_things.syntax import Expand, Options
from agro.api.sensor_things.where import IDS

JSON = dict[str, Any]
_SAFE = "$'(),/;:="


@dataclass(frozen=True, slots=True)
class Answering:
    """What every part of an answer shares; `base` is where the API stands, without a slash."""

    c: Connection
    base: str
    budget: bounds.Budget


def self_link(base: str, found: Found) -> str:
    """Where an entity stands."""
    return f"{base}/{found.source.type.plural}({found.id})"


def entities(
    how: Answering, found: Sequence[Found], options: Options, depth: int = 0
) -> list[JSON]:
    """These entities, which may be of both worlds, in their order."""
    how.budget.spend(len(found) if depth == 0 else 0)
    told: list[JSON] = [{} for _ in found]
    for source in {id(one.source): one.source for one in found}.values():
        places = [at for at, one in enumerate(found) if one.source is source]
        for at, entity in zip(
            places, _of_one_world(how, [found[at] for at in places], options, depth), strict=True
        ):
            told[at] = entity
    if depth == 0 and options.expand:
        known: dict[int, int] = {}
        bounds.Budget().spend(sum(_weight(entity, known) for entity in told))
    return told


def _weight(entity: JSON, known: dict[int, int]) -> int:
    """Entities in an entity, itself included: what several expand alike is written each time."""
    if id(entity) not in known:
        inner = [value for name, value in entity.items() if name[0].isupper() and "@" not in name]
        lists = [value if isinstance(value, list) else [value] for value in inner]
        known[id(entity)] = 1 + sum(
            _weight(one, known) for values in lists for one in values if isinstance(one, dict)
        )
    return known[id(entity)]


def _of_one_world(
    how: Answering, found: Sequence[Found], options: Options, depth: int
) -> list[JSON]:
    source = found[0].source
    _known(source, options)
    told = [_entity(how.base, one, options) for one in found]
    for item in options.expand:
        if depth >= bounds.DEEPEST_EXPAND:
            raise bad(f"$expand goes {bounds.DEEPEST_EXPAND} deep at most")
        for entity, added in zip(told, _expanded(how, found, item, depth), strict=True):
            entity.pop(f"{item.link}@iot.navigationLink", None)
            entity.update(added)
    return told


def _known(source: Source, options: Options) -> None:
    """Refuse names that this kind of entity does not have."""
    kind = source.type
    known = {*kind.properties, *kind.links, *IDS, "@iot.selfLink", "selfLink"}
    for name in options.select:
        if name not in known:
            raise bad(f"$select={name[:40]}: {kind.name} has id, {', '.join(sorted(known))}")
    for item in options.expand:
        if item.link not in kind.links:
            raise bad(f"$expand={item.link[:40]}: {kind.name} leads to {', '.join(kind.links)}")


def _entity(base: str, found: Found, options: Options) -> JSON:
    kind, link = found.source.type, self_link(base, found)
    chosen = options.select
    told: JSON = {}
    if not chosen or set(IDS) & set(chosen):
        told["@iot.id"] = found.id
    if not chosen or {"@iot.selfLink", "selfLink"} & set(chosen):
        told["@iot.selfLink"] = link
    properties = found.source.render(found.row)
    for name in kind.properties:
        if name in properties and (not chosen or name in chosen):
            told[name] = properties[name]
        elif name in chosen:
            told[name] = None
    for name in kind.links:
        if not chosen or name in chosen:
            told[f"{name}@iot.navigationLink"] = f"{link}/{name}"
    return told


def _expanded(how: Answering, found: Sequence[Found], item: Expand, depth: int) -> list[JSON]:
    """What an expanded navigation property adds to each of these entities."""
    source = found[0].source
    join, link = source.joins[item.link], source.type.links[item.link]
    target = world_of(source)[link.target]
    query = Query(how.c, target, item.options, None, parent=(source, item.link))
    options = item.options if link.many else replace(item.options, top=1, skip=0, count=False)
    groups: dict[Any, tuple[list[Found], bool, int | None]] = {}
    for one in found:
        key = one.row[join.here]
        if key not in groups:
            groups[key] = _group(query, target, options, key)
            how.budget.spend(len(groups[key][0]))
    told = _told(how, groups, options, depth)
    return [_added(how, one, item, told[one.row[join.here]], link.many) for one in found]


def _group(
    query: Query, target: Source, options: Options, key: Any
) -> tuple[list[Found], bool, int | None]:
    if key is None:
        return [], False, 0 if options.count else None
    given = {PARENT: key}
    top = size(options)
    rows: Sequence[Row] = (
        query.rows(limit=top + 1, offset=options.skip, parameters=given) if top else []
    )
    count = query.count(given) if options.count else None
    return [Found(target, row) for row in rows[:top]], len(rows) > top, count


def _told(
    how: Answering,
    groups: Mapping[Any, tuple[list[Found], bool, int | None]],
    options: Options,
    depth: int,
) -> dict[Any, tuple[list[JSON], bool, int | None]]:
    """The groups as JSON; all their entities expand together."""
    everything = [one for found, _, _ in groups.values() for one in found]
    told = iter(entities(how, everything, options, depth + 1))
    return {
        key: ([next(told) for _ in found], more, count)
        for key, (found, more, count) in groups.items()
    }


def _added(
    how: Answering,
    parent: Found,
    item: Expand,
    group: tuple[list[JSON], bool, int | None],
    many: bool,
) -> JSON:
    told, more, count = group
    if not many:
        return {item.link: told[0] if told else None}
    added: JSON = {item.link: told}
    if count is not None:
        added[f"{item.link}@iot.count"] = count
    if more:
        kept = [pair for pair in item.options.words if pair[0] != "$skip"]
        further = ("$skip", str(item.options.skip + len(told)))
        query = urlencode([*kept, further], safe=_SAFE, quote_via=quote)
        added[f"{item.link}@iot.nextLink"] = f"{self_link(how.base, parent)}/{item.link}?{query}"
    return added


def collection(how: Answering, page: Page, options: Options, next_link: str | None) -> JSON:
    """A page of a set."""
    told: JSON = {}
    if page.count is not None:
        told["@iot.count"] = page.count
    if next_link is not None and page.more:
        told["@iot.nextLink"] = next_link
    told["value"] = entities(how, page.entities, options)
    return told


def references(how: Answering, page: Page, next_link: str | None) -> JSON:
    """A page of a set as its entities' addresses only."""
    told: JSON = {} if page.count is None else {"@iot.count": page.count}
    if next_link is not None and page.more:
        told["@iot.nextLink"] = next_link
    told["value"] = [{"@iot.selfLink": self_link(how.base, one)} for one in page.entities]
    return told


_COMPONENTS = {
    "id": "@iot.id",
    "phenomenonTime": "phenomenonTime",
    "result": "result",
    "resultTime": "resultTime",
    "resultQuality": "resultQuality",
    "validTime": "validTime",
    "parameters": "parameters",
}


def data_array(how: Answering, page: Page, options: Options, next_link: str | None) -> JSON:
    """A page of observations, those of a datastream in rows without their names (18-088, 13)."""
    if options.expand:
        raise bad("resultFormat=dataArray cannot be expanded; leave $expand out")
    for found in page.entities[:1]:
        _known(found.source, options)
    chosen = [name for name in _COMPONENTS if not options.select or name in options.select] or [
        "id",
        "result",
    ]
    groups: dict[tuple[int, int], list[list[Any]]] = {}
    how.budget.spend(len(page.entities))
    for found in page.entities:
        entity = {"@iot.id": found.id, **found.source.render(found.row)}
        group = (id(found.source), found.row["datastream_id"])
        groups.setdefault(group, []).append([entity.get(_COMPONENTS[name]) for name in chosen])
    told: JSON = {} if page.count is None else {"@iot.count": page.count}
    if next_link is not None and page.more:
        told["@iot.nextLink"] = next_link
    told["value"] = [
        {
            "Datastream@iot.navigationLink": f"{how.base}/Datastreams({stream})",
            "components": chosen,
            "dataArray@iot.count": len(rows),
            "dataArray": rows,
        }
        for (_, stream), rows in groups.items()
    ]
    return told
