"""`agro user …`: who may sign in, in which roles, for which gardens."""

import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agro.cli.city import city_store
from agro.cli.door import acting_here
from agro.cli.output import answer, answer_json, answer_table, configured, nearest, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Engine

    from agro.store.access.users import User

app = typer.Typer(help="Accounts: who may sign in, and what they may do.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="Their address, as they sign in.")]
Role = Literal["farmer", "researcher", "official", "operator"]
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_COLUMNS = ("email", "name", "roles", "sites", "password", "disabled", "created_at")
_OWN = ("farmer", "researcher")  # roles that mean little without a garden


@app.callback()
def _group() -> None:
    """Accounts: who may sign in, and what they may do."""


@app.command()
def add(
    email: Email,
    role: Annotated[Role, typer.Option("--role", help="What they do; add again for another.")],
    site: Annotated[
        list[str] | None,
        typer.Option("--site", metavar="S", help="Slug of an own garden; may be repeated."),
    ] = None,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="As pages greet them.")] = "",
) -> None:
    """Add an account, or a role and gardens to one; a password is set by agro user password."""
    from agro.config import now
    from agro.store.access.users import User, plain

    if not _ADDRESS.fullmatch(email.strip()):
        raise BadInput([f"EMAIL: {email!r} is no address; write name@example.org"])
    with _store() as engine:
        with engine.connect() as c:
            before = _known(c, email)
            _check_sites(c, site or ())
        kept = before or User(plain(email), "", frozenset(), now())
        one = replace(
            kept,
            name=name or kept.name,
            roles=kept.roles | {role},
            sites=kept.sites | set(site or ()),
        )
        _save(engine, one, {"add": one.email, "role": role, "sites": list(site or ())})
    gardens = f", gardens: {', '.join(sorted(one.sites))}" if one.sites else ""
    answer(f"{one.email}: {', '.join(sorted(one.roles))}{gardens}")
    if role in _OWN and not one.sites:
        tell(f"{one.email} has no garden yet; add it: agro user add EMAIL --role {role} --site S")
    if not one.password_hash:
        tell(f"no password yet: agro user password {one.email}, unless a provider signs them in")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Every account, with its roles and gardens."""
    from agro.store.access import users

    with _store() as engine, engine.connect() as c:
        found = users.users(c)
    if as_json:
        answer_json([_row(one) for one in found])
        return
    cells = ([_cell(value) for value in _row(one).values()] for one in found)
    answer_table("Accounts", _COLUMNS, cells)


@app.command()
def remove(email: Email) -> None:
    """Delete an account and end its sessions; what it wrote stays, under its name."""
    from agro.store.access import users

    with _store() as engine:
        with engine.connect() as c:
            _must_be_known(c, email)
        with acting_here(engine, "access.write", "", {"remove": users.plain(email)}) as c:
            users.remove(c, email)
            is_open = not users.any_user(c)
    answer(f"{users.plain(email)} is removed and signed out")
    if is_open:
        tell("no account is left: on this machine everything is open to everybody again")


@app.command()
def password(email: Email) -> None:
    """Set a password, asked twice or read from standard input; it ends the sessions."""
    from agro.access.secrets import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_secret
    from agro.store.access import users

    with _store() as engine:
        with engine.connect() as c:
            _must_be_known(c, email)
        text = _typed()
        if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
            least, most = SHORTEST_PASSWORD, LONGEST_PASSWORD
            raise BadInput([f"the password has {len(text)} signs; take {least} to {most}"])
        hashed = hash_secret(text)
        with acting_here(engine, "access.write", "", {"password": users.plain(email)}) as c:
            users.set_password_hash(c, email, hashed)
    answer(f"{users.plain(email)} has a new password and is signed out everywhere")


@app.command()
def disable(email: Email) -> None:
    """Close an account without deleting it, and end its sessions."""
    _turn(email, is_disabled=True)
    answer(f"{email} is closed and signed out; agro user enable opens it again")


@app.command()
def enable(email: Email) -> None:
    """Open an account again that was closed."""
    _turn(email, is_disabled=False)
    answer(f"{email} is open again")


def _turn(email: str, *, is_disabled: bool) -> None:
    from agro.store.access import users

    told = {"disable" if is_disabled else "enable": users.plain(email)}
    with _store() as engine:
        with engine.connect() as c:
            one = _must_be_known(c, email)
        with acting_here(engine, "access.write", "", told) as c:
            users.save(c, replace(one, disabled=is_disabled))
            if is_disabled:
                users.end_sessions(c, email)


def _typed() -> str:
    """A password: never an argument, which other people on the machine could read."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _store() -> "AbstractContextManager[Engine]":
    return city_store(configured())


def _save(engine: "Engine", one: "User", told: dict[str, object]) -> None:
    from agro.store.access import users

    with acting_here(engine, "access.write", "", told) as c:
        users.save(c, one)


def _known(c: "Connection", email: str) -> "User | None":
    from agro.store.access import users

    return users.user(c, email)


def _must_be_known(c: "Connection", email: str) -> "User":
    from agro.store.access import users

    found = users.user(c, email)
    if found is None:
        known = nearest(email, [one.email for one in users.users(c)])
        raise BadInput([f"EMAIL: no account {email!r}; {known}"])
    return found


def _check_sites(c: "Connection", sites: "Iterable[str]") -> None:
    from agro.access import ANY_SITE
    from agro.store import farms

    known = [site.slug for site in farms.sites(c)]
    wrong = [site for site in sites if site not in {*known, ANY_SITE}]
    if wrong:
        raise BadInput(f"--site: no site {one!r}; {nearest(one, known)}" for one in wrong)


def _row(one: "User") -> dict[str, object]:
    return {
        "email": one.email,
        "name": one.name,
        "roles": sorted(one.roles),
        "sites": sorted(one.sites),
        "password": bool(one.password_hash),
        "disabled": one.disabled,
        "created_at": one.created_at,
    }


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else value
