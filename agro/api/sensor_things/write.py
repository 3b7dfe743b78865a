"""Creating, changing and deleting what clients wrote, by the rules of OGC 18-088, clause 10.

Everything happens in the caller's transaction: of a deep insert that fails nothing remains. What we
measure can be neither changed nor linked to.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jsonpatch
from sqlalchemy import Connection, Table, delete, func, insert, null, select, update

from agro.api.sensor_things.bodies import Body, Json, read_body
from agro.api.sensor_things.created import CREATED, IDS, TABLES
from agro.api.sensor_things.entities import TYPES, EntityType, Link
from agro.api.sensor_things.errors import ApiError, bad
from agro.api.sensor_things.read import Found
from agro.api.sensor_things.values import to_ms
from agro.config import now
from agro.store import schema
from agro.store.values import insert as insert_or

DEEPEST = 8
"""Entities in entities of a deep insert."""
MOST = 5_000
"""Entities that one request may create."""

Given = Mapping[str, int]


class Writer:
    """Writes into the created world over one connection; counts what it makes."""

    def __init__(self, c: Connection, most: int = MOST) -> None:
        self._c = c
        self._left = most

    def create(self, kind: EntityType, body: object, given: Given, depth: int = 0) -> int:
        """Make an entity with everything in line; `given` are links that the path or a parent set.

        Raises
        ------
        ApiError  The body cannot be used, or what it links to is not there.
        """
        self._count(depth)
        read = read_body(kind, body, whole=True)
        owners = self._owners(kind, read, given, depth)
        columns = read.columns | owners
        if kind.name == "Observation":
            columns = self._observation(columns)
        id_ = self._insert(kind, columns)
        for name in kind.links:
            entries: Sequence[int | Json] = read.links.get(name, ())
            if kind.links[name].many:
                mine = [*entries, *([given[name]] if name in given else [])]
                self._attach(kind, id_, kind.links[name], mine, depth)
        self._settle(kind, id_, columns)
        return id_

    def update(self, found: Found, body: object, *, whole: bool) -> None:
        """Change an entity; `whole`: what is not said is emptied (PUT).

        Raises
        ------
        ApiError  It is not a client's, the body cannot be used, or it has new entities in line.
        """
        changeable(found)
        kind = found.source.type
        read = read_body(kind, body, whole=whole)
        for name, entries in read.links.items():
            if not all(isinstance(one, int) for one in entries):
                raise bad(f'{kind.name}.{name}: only links {{"@iot.id": 1}} can be changed here')
        columns = dict(read.columns)
        for name, entries in read.links.items():
            link = kind.links[name]
            if link.many:
                self._attach(kind, found.id, link, entries, 0, anew=True)
            else:
                columns[_owner(kind, name)] = self._existing(link, entries[0])
        if kind.name == "Observation" and columns.get("phenomenon_start", 0) is None:
            columns |= _since(to_ms(now()))
        self._set(TABLES[kind.name], found.id, columns)
        self._settle(kind, found.id, columns)

    def patch(self, found: Found, operations: Any) -> None:
        """Change an entity by a JSON Patch (RFC 6902) on its properties.

        Raises
        ------
        ApiError  The patch cannot be applied, or what comes out cannot be used.
        """
        changeable(found)
        before = found.source.render(found.row)
        try:
            after = jsonpatch.apply_patch(before, operations)
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            raise bad(f"the JSON patch cannot be applied: {error}") from error
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise bad("send a JSON patch: a list of operations (RFC 6902)") from error
        self.update(found, after, whole=True)

    def delete(self, found: Found) -> None:
        """Take an entity away, with all that cannot be without it (18-088, table 25).

        Raises
        ------
        ApiError  It is not a client's.
        """
        changeable(found)
        kind = found.source.type
        if kind.name == "Location":
            pairs, past = schema.sta_historical_place.c, schema.sta_historical_location
            of_it = select(pairs.historical_location_id).where(pairs.location_id == found.id)
            self._c.execute(delete(past).where(past.c.id.in_(of_it)))
        table = TABLES[kind.name]
        self._c.execute(delete(table).where(table.c.id == found.id))

    # Parts of an insert

    def _count(self, depth: int) -> None:
        if depth > DEEPEST:
            raise bad(f"entities in entities more than {DEEPEST} deep; create them one by one")
        self._left -= 1
        if self._left < 0:
            raise bad(f"more than {MOST} entities in one request; send several")

    def _owners(self, kind: EntityType, read: Body, given: Given, depth: int) -> dict[str, int]:
        """The entities that this one belongs to, made where they stand in line."""
        found: dict[str, int] = {}
        for link in kind.links.values():
            if link.many:
                continue
            column = _owner(kind, link.name)
            if link.name in read.links:
                found[column] = self._entry(link, read.links[link.name][0], {}, depth)
            elif link.name in given:
                found[column] = self._existing(link, given[link.name])
            elif link.name != "FeatureOfInterest":
                raise bad(f'{kind.name} needs a {link.name}: {{"@iot.id": 1}} or one in line')
        if kind.name == "Observation" and "feature_id" not in found:
            found["feature_id"] = self._feature_of(found["datastream_id"])
        return found

    def _entry(self, link: Link, entry: "int | Json", given: Given, depth: int) -> int:
        if isinstance(entry, int):
            return self._existing(link, entry)
        return self.create(TYPES[link.target], entry, given, depth + 1)

    def _existing(self, link: Link, entry: "int | Json") -> int:
        source = CREATED[link.target]
        if isinstance(entry, int) and entry in source.ids:
            table = TABLES[link.target]
            if self._c.execute(select(table.c.id).where(table.c.id == entry)).first():
                return entry
            raise bad(f"there is no {link.target} of id {entry} to link to")
        raise bad(
            f"{link.target} {entry!r:.40} is published by us and cannot be linked to; "
            "create your own"
        )

    def _insert(self, kind: EntityType, columns: dict[str, Any]) -> int:
        id_ = self._next(kind)
        kept = {name: value for name, value in columns.items() if value is not None}
        if kind.name == "Observation":
            kept["result"] = columns["result"]
        self._c.execute(insert(TABLES[kind.name]).values(id=id_, **kept))
        return id_

    def _next(self, kind: EntityType) -> int:
        """A number that this kind never had."""
        table = schema.sta_sequence
        first = IDS.start if kind.name != "Observation" else 1
        statement = insert_or(self._c, table).values(name=kind.name, last=first)
        taken = statement.on_conflict_do_update(
            index_elements=["name"], set_={"last": table.c.last + 1}
        )
        return int(self._c.execute(taken.returning(table.c.last)).scalar_one())

    def _set(self, table: Table, id_: int, columns: Mapping[str, Any]) -> None:
        if columns:
            # SQL NULL where there is nothing, not the JSON null.
            kept = {
                name: null() if value is None and name != "result" else value
                for name, value in columns.items()
            }
            self._c.execute(update(table).where(table.c.id == id_).values(**kept))

    # Links to many

    def _attach(
        self,
        kind: EntityType,
        id_: int,
        link: Link,
        entries: Sequence["int | Json"],
        depth: int,
        *,
        anew: bool = False,
    ) -> None:
        join = CREATED[kind.name].joins[link.name]
        if join.pairs is None:
            for entry in entries:
                self._own(link, entry, id_, depth)
            return
        ids = [self._entry(link, entry, {}, depth) for entry in entries]
        pairs = join.pairs
        if anew:
            self._c.execute(delete(pairs).where(pairs.c[join.ours] == id_))
        if {kind.name, link.target} == {"Thing", "Location"}:
            self._move(kind, id_, ids)
            return
        for other in dict.fromkeys(ids):
            self._c.execute(insert(pairs).values({join.ours: id_, join.theirs: other}))

    def _own(self, link: Link, entry: "int | Json", owner: int, depth: int) -> None:
        """Make the other entity belong to this one."""
        if isinstance(entry, int):
            target = TYPES[link.target]
            id_ = self._existing(link, entry)
            self._set(TABLES[link.target], id_, {_owner(target, link.back): owner})
            return
        self.create(TYPES[link.target], entry, {link.back: owner}, depth + 1)

    def _move(self, kind: EntityType, id_: int, others: Sequence[int]) -> None:
        """Things and locations that were linked: the thing is there now, and history says so."""
        if kind.name == "Thing":
            if others:
                self._stand(id_, list(dict.fromkeys(others)), to_ms(now()))
            return
        for thing in dict.fromkeys(others):
            self._stand(thing, [id_], to_ms(now()))

    def _stand(self, thing: int, locations: Sequence[int], time: int) -> None:
        self._place(thing, locations)
        past = self._insert(TYPES["HistoricalLocation"], {"time": time, "thing_id": thing})
        for location in locations:
            pair = {"historical_location_id": past, "location_id": location}
            self._c.execute(insert(schema.sta_historical_place).values(pair))

    def _place(self, thing: int, locations: Sequence[int]) -> None:
        pairs = schema.sta_thing_location
        self._c.execute(delete(pairs).where(pairs.c.thing_id == thing))
        for location in locations:
            self._c.execute(insert(pairs).values(thing_id=thing, location_id=location))

    # What follows from a new or changed entity

    def _settle(self, kind: EntityType, id_: int, columns: Mapping[str, Any]) -> None:
        if kind.name == "HistoricalLocation":
            self._newest(id_)
        if kind.name == "Observation" and "phenomenon_start" in columns:
            self._extend(id_)

    def _newest(self, id_: int) -> None:
        """A thing stands where the newest of its historical locations says."""
        past, pairs = schema.sta_historical_location, schema.sta_historical_place
        thing, time = self._c.execute(
            select(past.c.thing_id, past.c.time).where(past.c.id == id_)
        ).one()
        newest = select(func.max(past.c.time)).where(past.c.thing_id == thing)
        if self._c.execute(newest).scalar_one() != time:
            return
        of_it = select(pairs.c.location_id).where(pairs.c.historical_location_id == id_)
        locations = list(self._c.scalars(of_it))
        if locations:
            self._place(thing, locations)

    def _observation(self, columns: dict[str, Any]) -> dict[str, Any]:
        if columns["phenomenon_start"] is None:
            return columns | _since(to_ms(now()))
        return columns

    def _extend(self, id_: int) -> None:
        """The datastream's times reach as far as its observations."""
        seen, stream = schema.sta_observation.c, schema.sta_datastream
        row = self._c.execute(
            select(
                seen.datastream_id, seen.phenomenon_start, seen.phenomenon_end, seen.result_time
            ).where(seen.id == id_)
        ).one()
        known = self._c.execute(select(stream).where(stream.c.id == row.datastream_id)).one()
        reach = {
            "phenomenon_start": _least(known.phenomenon_start, row.phenomenon_start),
            "phenomenon_end": _most(known.phenomenon_end, row.phenomenon_end),
            "result_start": _least(known.result_start, row.result_time),
            "result_end": _most(known.result_end, row.result_time),
        }
        changed = {name: value for name, value in reach.items() if value != getattr(known, name)}
        self._set(stream, row.datastream_id, changed)

    def _feature_of(self, datastream: int) -> int:
        """Where the datastream's thing stands, as a feature; made once for each location."""
        stream, pairs, place = (
            schema.sta_datastream.c,
            schema.sta_thing_location.c,
            schema.sta_location,
        )
        thing = select(stream.thing_id).where(stream.id == datastream).scalar_subquery()
        row = self._c.execute(
            select(place)
            .where(place.c.id.in_(select(pairs.location_id).where(pairs.thing_id == thing)))
            .order_by(place.c.id)
            .limit(1)
        ).first()
        if row is None:
            raise bad(
                "Observation needs a FeatureOfInterest: give one, or give the Thing a Location"
            )
        feature = schema.sta_feature
        made = select(feature.c.id).where(feature.c.location_id == row.id).limit(1)
        known = self._c.scalar(made)
        if known is not None:
            return int(known)
        return self._insert(
            TYPES["FeatureOfInterest"],
            {
                "name": row.name,
                "description": f"Generated from the location: {row.description}",
                "encoding_type": row.encoding_type,
                "feature": row.location,
                "location_id": row.id,
            },
        )


def changeable(found: Found) -> None:
    """Refuse to change what we measure.

    Raises
    ------
    ApiError  It is ours.
    """
    kind = found.source.type.name
    if found.id not in CREATED[kind].ids:
        raise ApiError(
            403, f"{kind} {found.id} is published from the city's own measurements: read only"
        )


def _owner(kind: EntityType, link: str) -> str:
    """The column that names the owner."""
    return CREATED[kind.name].joins[link].here


def _since(ms: int) -> dict[str, int]:
    return {"phenomenon_start": ms, "phenomenon_end": ms}


def _least(known: int | None, new: int | None) -> int | None:
    return min((one for one in (known, new) if one is not None), default=None)


def _most(known: int | None, new: int | None) -> int | None:
    return max((one for one in (known, new) if one is not None), default=None)
