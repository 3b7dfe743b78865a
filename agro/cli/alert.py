"""`agro alert …`: who is told of what, by which channel; how it went; calendars."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.city import city_store
from agro.cli.output import answer, answer_json, answer_table, configured, nearest, tell
from agro.errors import AgroError, BadInput

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from agro.store.alerts.subscriptions import AlertSubscription

app = typer.Typer(
    help="Alerts: who is told of what, by which channel, and how it went.", no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Number = Annotated[int, typer.Argument(help="Of the subscription, as agro alert list shows it.")]


@app.command()
def add(
    who: Annotated[str, typer.Argument(metavar="WHO", help="A person's e-mail or name.")],
    channel: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="As Apprise writes it (mailto://, ntfy://, matrix:// …); asked for unseen, or "
            "read from standard input, where it is not given.",
        ),
    ] = "",
    site: Annotated[list[str] | None, typer.Option(metavar="S", help="Of these only.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="K",
            help="irrigation, frost, heat, drought_order, sensor_silent, tank_low, valve_stuck, "
            "report_nearby; all where none is given.",
        ),
    ] = None,
    language: Annotated[str, typer.Option(help="Else the city's.")] = "",
    quiet: Annotated[str, typer.Option(metavar="22:00-07:00", help="Hours without messages.")] = "",
    wake: Annotated[
        list[str] | None,
        typer.Option(metavar="K", help="Kinds that come in quiet hours too, and at once."),
    ] = None,
    digest: Annotated[
        int | None, typer.Option(metavar="HOUR", help="One message a day, at this hour.")
    ] = None,
    escalate_to: Annotated[str, typer.Option(metavar="URL", help="A second channel.")] = "",
    escalate_after: Annotated[
        int | None, typer.Option(metavar="MIN", help="Unanswered or undelivered for so long.")
    ] = None,
) -> None:
    """Subscribe somebody; prints the subscription's number."""
    from agro.access.actor import SYSTEM
    from agro.config import now
    from agro.notify.subscribing import subscribe
    from agro.store.alerts.subscriptions import AlertSubscription

    start, end = _quiet(quiet)
    one = AlertSubscription(
        who=who,
        channel=channel or _asked(),
        created_at=now(),
        kinds=tuple(kind or ()),
        sites=tuple(site or ()),
        language=language,
        quiet_from=start,
        quiet_until=end,
        wake=tuple(wake or ()),
        digest_hour=digest,
        escalate_to=escalate_to,
        escalate_after=escalate_after,
    )
    with city_store(configured()) as engine:
        answer(str(subscribe(engine, SYSTEM, one)))


def _asked() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("channel", hide_input=True, err=True))
    return sys.stdin.readline().strip()


def _quiet(quiet: str) -> tuple[int | None, int | None]:
    from agro.notify.subscribing import minutes_of

    if not quiet:
        return None, None
    try:
        return minutes_of(quiet)
    except ValueError as error:
        line = f"--quiet: {quiet!r} cannot be read ({error}); write 22:00-07:00"
        raise BadInput([line]) from error


@app.command(name="list")
def list_(as_json: Json = False) -> None:
    """Who is told of what; channels are masked."""
    from agro.notify.subscribing import shown
    from agro.store.alerts import subscriptions

    with city_store(configured()) as engine, engine.connect() as c:
        found = [_row(shown(one)) for one in subscriptions.kept(c)]
    if as_json:
        answer_json(found)
    else:
        columns = (
            "number",
            "who",
            "channel",
            "kinds",
            "sites",
            "quiet",
            "digest",
            "escalates",
            "rests",
        )
        rows = ([_cell(one[name]) for name in columns] for one in found)
        answer_table("subscriptions", columns, rows)


def _row(one: "AlertSubscription") -> dict[str, Any]:
    quiet = [one.quiet_from, one.quiet_until]
    clocks = "-".join(f"{t // 60:02d}:{t % 60:02d}" for t in quiet if t is not None)
    escalates = f"{one.escalate_to} after {one.escalate_after} min" if one.escalate_to else ""
    return {
        "number": one.number,
        "who": one.who,
        "channel": one.channel,
        "kinds": list(one.kinds),
        "sites": list(one.sites),
        "language": one.language,
        "quiet": clocks,
        "wake": list(one.wake),
        "digest": one.digest_hour,
        "escalates": escalates,
        "rests": not one.is_active,
    }


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else ""
    return (", ".join(value) or "all") if isinstance(value, list) else value


@app.command()
def remove(number: Number) -> None:
    """End a subscription and forget its channels."""
    from agro.access.actor import SYSTEM
    from agro.notify.subscribing import unsubscribe

    with city_store(configured()) as engine:
        try:
            unsubscribe(engine, SYSTEM, number)
        except ValueError as error:
            raise BadInput([f"NUMBER: {error}"]) from error
    tell(f"subscription {number} has ended")


@app.command()
def test(number: Number) -> None:
    """Send a trial message by the channels of a subscription; exits 1 if one does not take it."""
    from agro.notify.channels import masked
    from agro.notify.saying import Known
    from agro.notify.trying import try_out
    from agro.store.alerts import subscriptions

    settings = configured()
    with city_store(settings) as engine, engine.connect() as c:
        one = subscriptions.find(c, number)
        known = Known.read(c, settings.origin)
    if one is None or one.is_removed:
        raise BadInput([f"NUMBER: no subscription {number}; agro alert list shows them"])
    failed = list[str]()
    for tried in try_out(one, known):
        url, outcome = masked(tried.channel), tried.outcome
        if outcome.state == "sent":
            answer(f"{url}: sent")
        else:
            failed.append(f"{url}: {outcome.state}, {outcome.reason}; correct the channel")
    if failed:
        raise AgroError("\n".join(failed))


@app.command()
def log(
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    state: Annotated[str, typer.Option(help="due, sent, failed, unclear, escalated, over.")] = "",
    as_json: Json = False,
) -> None:
    """What was told to whom, the newest first."""
    from agro.store.alerts import deliveries

    with city_store(configured()) as engine, engine.connect() as c:
        found = deliveries.log(c, limit, state=state)
    rows = [
        {
            "found_at": one.found_at,
            "kind": one.kind,
            "site": one.site,
            "plot": one.plot,
            "device": one.device,
            "who": one.who,
            "step": one.delivery.step,
            "state": one.delivery.state,
            "due_at": one.delivery.due_at,
            "sent_at": one.delivery.sent_at,
            "tries": one.delivery.tries,
            "reason": one.delivery.reason,
        }
        for one in found
    ]
    if as_json:
        answer_json(rows)
    else:
        columns = ("found_at", "kind", "site", "plot", "who", "state", "sent_at", "reason")
        answer_table("alerts", columns, ([row[name] for name in columns] for row in rows))


@app.command()
def calendar(
    site: Annotated[str, typer.Argument(metavar="SITE")],
    renew: Annotated[
        bool, typer.Option("--renew", help="Give it another address; the old one opens no more.")
    ] = False,
    close: Annotated[bool, typer.Option("--close", help="Close it.")] = False,
    language: Annotated[str, typer.Option(help="Else the city's.")] = "",
) -> None:
    """The private address of a site's irrigation plan as a calendar; it is shown only once."""
    from agro.access.actor import SYSTEM
    from agro.notify.calendar import address
    from agro.notify.subscribing import close_calendar, open_calendar
    from agro.store.alerts import calendars

    settings = configured()
    with city_store(settings) as engine:
        is_open = _calendar_of(engine, site)
        if close:
            close_calendar(engine, SYSTEM, site)
            tell(f"the calendar of {site} is closed")
            return
        if is_open and not renew:
            line = f"{site}: its calendar is open, and only a digest of its address is kept"
            raise BadInput([f"{line}; give --renew for another address"])
        with engine.connect() as c:
            language = language or calendars.calendars(c).get(site, "")
        answer(address(settings.origin, open_calendar(engine, SYSTEM, site, language)))


def _calendar_of(engine: "Engine", site: str) -> bool:
    """Whether a calendar of this site is open.

    Raises
    ------
    BadInput  There is no such site.
    """
    from agro.store import farms
    from agro.store.alerts import calendars

    with engine.connect() as c:
        sites = [one.slug for one in farms.sites(c)]
        if site not in sites:
            raise BadInput([f"SITE: no site {site!r}; {nearest(site, sites)}"])
        return site in calendars.calendars(c)
