"""`agro trial list|put-away|bring-back`: the trials that the store keeps."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from agro.cli.city import city_store
from agro.cli.door import acting_here
from agro.cli.output import answer, answer_json, answer_table, configured
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.access.door import Sites
    from agro.store.trials import PlannedTrial, Progress, Trait

_Found = TypeVar("_Found")

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The trial's, from agro trial list.")]
Site = Annotated[str, typer.Option(metavar="S", help="Slug of the site.")]
Who = Annotated[str, typer.Option(metavar="NAME", help="Who does it, kept with it.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the group `agro trial`."""
    app.command("list")(list_)
    app.command("put-away")(put_away)
    app.command("bring-back")(bring_back)


def list_(
    site: Annotated[str, typer.Option(metavar="S", help="Of this site only.")] = "",
    as_json: Json = False,
) -> None:
    """The trials of a site or of all, newest first, and how far their measuring is."""
    from agro.cli.chain_given import of_site
    from agro.store import trials

    with reading() as c:
        of_site(c, site)
        found = trials.planned(c, site or None)
        done = {
            (place, slug): one
            for place in {one.site for one in found}
            for slug, one in trials.progress(c, place).items()
        }
    told = [trial_document(one, done.get((one.site, one.slug))) for one in found]
    if as_json:
        answer_json(told)
        return
    columns = ("site", "trial", "name", "design", "plot", "traits", "measured", "made", "state")
    rows = (
        [
            *(one["site"], one["slug"], one["name"], one["design"], one["plot"]),
            ", ".join(trait["name"] for trait in one["traits"]),
            f"{one['plots_measured']} of {one['plots']}",
            one["made_at"],
            "put away" if one["put_away"] else "",
        ]
        for one in told
    )
    answer_table("trials", columns, rows)


def trial_document(one: "PlannedTrial", done: "Progress | None") -> dict[str, Any]:
    """A trial for a program."""
    names = ("site", "slug", "name", "design", "plot", "treatments", "blocks", "objective")
    return {name: getattr(one, name) for name in (*names, "contact", "crop", "sown")} | {
        "traits": [trait_document(trait) for trait in one.traits],
        "plots": done.plots if done else 0,
        "plots_measured": done.measured if done else 0,
        "made_at": one.made_at,
        "who": one.who,
        "put_away": one.put_away,
    }


def trait_document(one: "Trait") -> dict[str, Any]:
    """A trait for a program."""
    return {
        **{name: getattr(one, name) for name in ("name", "label", "unit")},
        **{name: getattr(one, name) for name in ("low", "high")},
    }


def put_away(slug: Slug, site: Site) -> None:
    """Take a trial off the pages; nothing is lost, agro trial bring-back shows it again."""
    from agro.store import trials

    with writing(site, {"put_away": slug}) as c:
        known(lambda: trials.put_away(c, site, slug))
    answer(f"trial {slug} is put away; agro trial bring-back {slug} --site {site} shows it again")


def bring_back(slug: Slug, site: Site) -> None:
    """Show a trial again that was put away."""
    from agro.store import trials

    with writing(site, {"bring_back": slug}) as c:
        known(lambda: trials.bring_back(c, site, slug))
    answer(f"trial {slug} is back")


@contextmanager
def reading() -> "Iterator[Connection]":
    """The store, to be read."""
    with city_store(configured()) as engine, engine.connect() as c:
        yield c


@contextmanager
def writing(site: "Sites", what: Mapping[str, object]) -> "Iterator[Connection]":
    """The store, to be written in one transaction that the audit log tells of."""
    with city_store(configured()) as engine, acting_here(engine, "trial.write", site, what) as c:
        yield c


def known(ask: Callable[[], _Found]) -> _Found:
    """What the store answers; a trial that is not there is bad input."""
    try:
        return ask()
    except ValueError as error:
        raise BadInput([str(error)]) from error
