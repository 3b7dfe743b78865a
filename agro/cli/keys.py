"""`agro key …` and `agro audit`: keys by which programs write, and who wrote what."""

import json
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from agro.cli.city import city_store
from agro.cli.door import acting_here
from agro.cli.moments import moment_of
from agro.cli.output import answer, answer_json, answer_table, configured, nearest, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agro.store.access.audit import Audited

app = typer.Typer(help="Keys by which programs write over HTTP.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Site = Annotated[str, typer.Option("--site", metavar="S", help="Slug of a garden.")]
_KEY = ("name", "prefix", "scopes", "site", "created_at", "last_used_at", "revoked_at")
_AUDITED = ("at", "who", "action", "site", "what")
_SHOWN = 1000  # rows of the audit log in a table


@app.callback()
def _group() -> None:
    """Keys by which programs write over HTTP."""


@app.command()
def add(
    name: Name,
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="sensor_things:write, subscriptions or reports; may be repeated.",
        ),
    ],
    site: Site = "",
) -> None:
    """Make a key; it is shown once and kept only as a hash."""
    from agro.access.key_ring import Scope
    from agro.access.secrets import hash_secret, new_key
    from agro.config import now
    from agro.store import farms
    from agro.store.access.keys import ApiKey
    from agro.store.access.keys import add as keep

    scopes = get_args(Scope)
    if wrong := [one for one in scope if one not in scopes]:
        raise BadInput(f"--scope: no scope {one!r}; {nearest(one, scopes)}" for one in wrong)
    prefix, key = new_key()
    new = ApiKey(name, prefix, hash_secret(key), tuple(dict.fromkeys(scope)), now(), site)
    with city_store(configured()) as engine:
        with engine.connect() as c:
            known = [one.slug for one in farms.sites(c)]
        if site and site not in known:
            raise BadInput([f"--site: no site {site!r}; {nearest(site, known)}"])
        told = {"key": name, "scopes": list(new.scopes)}
        with acting_here(engine, "access.write", site, told) as c:
            if not keep(c, new):
                raise BadInput([f"NAME: there is a key {name!r}; give another name"])
    answer(key)
    tell("keep it now: it is not shown again; agro key revoke NAME closes it")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Every key, without its secret: what it opens, when it was last used."""
    from agro.store.access import keys

    with city_store(configured()) as engine, engine.connect() as c:
        rows = [{name: getattr(one, name) for name in _KEY} for one in keys.keys(c)]
    if as_json:
        answer_json(rows)
        return
    told = ([_cell(value) for value in row.values()] for row in rows)
    answer_table("Keys", _KEY, told)


@app.command()
def revoke(name: Name) -> None:
    """Let a key open nothing any more."""
    from agro.config import now
    from agro.store.access import keys

    with (
        city_store(configured()) as engine,
        acting_here(engine, "access.write", "", {"revoke": name}) as c,
    ):
        if not keys.revoke(c, name, now()):
            opens = [one.name for one in keys.keys(c) if one.revoked_at is None]
            raise BadInput([f"NAME: no key {name!r} that opens; {nearest(name, opens)}"])
    answer(f"{name} opens nothing any more")


def audit(
    site: Site = "",
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="From when.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="Until before when.")] = "",
    who: Annotated[str, typer.Option("--who", metavar="EMAIL", help="Whose writes.")] = "",
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="At most so many; a table shows 1000, a file all."),
    ] = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated text, to keep.")] = False,
) -> None:
    """Who wrote what, the newest first."""
    from agro.store.access.audit import audited
    from agro.store.values import time_zone

    if as_json and as_csv:
        raise BadInput(["--json, --csv: choose one of them"])

    with city_store(configured()) as engine, engine.connect() as c:
        zone = time_zone(c)
        found = audited(
            c,
            site=site or None,
            start=moment_of(start, zone, "--from"),
            end=moment_of(end, zone, "--to"),
            who=who.strip().lower() or None,
            limit=limit or (None if as_json or as_csv else _SHOWN),
        )
    rows = [{name: getattr(one, name) for name in _AUDITED} for one in found]
    if as_json:
        answer_json(rows)
        return
    if as_csv:
        answer(_csv(found))
        return
    answer_table("Who wrote what", _AUDITED, ([_cell(v) for v in row.values()] for row in rows))


def _csv(found: "Iterable[Audited]") -> str:
    """Rows of the audit log as text: the time in UTC, what was done as JSON."""
    from agro.tables import to_csv

    rows = ({name: getattr(one, name) for name in _AUDITED} for one in found)
    told = (
        {**row, "at": row["at"].isoformat(), "what": json.dumps(row["what"], ensure_ascii=False)}
        for row in rows
    )
    return to_csv(told, _AUDITED).rstrip("\n")


def register(parent: typer.Typer) -> None:
    """Add `agro audit`."""
    parent.command()(audit)


def _cell(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {told}" for name, told in value.items())
    return value
