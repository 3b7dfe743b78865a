"""`agro demo`, `agro serve`, `agro collect`, `agro doctor`, and the children they start."""

import logging
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.city import load_city
from agro.cli.output import answer, answer_json, answer_table, configured, store, tell
from agro.errors import AgroError, BadInput

if TYPE_CHECKING:
    from agro.config import Settings

Days = Annotated[int | None, typer.Option(min=1, help="Length of the season's history.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Another seed is another season.")]


def register(app: typer.Typer) -> None:
    """Add these commands; children are hidden: they are started by the others."""
    for command in (demo, serve, collect, doctor):
        app.command()(command)
    for child in (scheduler, web, stations, broker):
        app.command(hidden=True)(child)


def _log(level: int) -> None:
    logging.basicConfig(
        level=level,
        format="%(asctime)s %(name)s: %(message)s",
        datefmt="%H:%M:%S",
        stream=sys.stderr,
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)


def demo(
    days: Days = None,
    seed: Seed = None,
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="Fill the store and return.")
    ] = False,
) -> None:
    """One simulated season, live stations, advice and the dashboard on this machine."""
    from agro.cli import season_demo

    settings = configured()
    _log(logging.WARNING)
    ports = None if no_serve else _ports(settings, with_broker=True)
    season = season_demo.prepare(settings, days, seed)
    if ports is None:
        return
    environment = _environment(settings, ports) | {
        "AGRO_CLOCK": season.clock,
        "AGRO_BROKER_URL": f"mqtt://127.0.0.1:{ports[1]}",
    }
    live = ("stations", "--days", str(season.days), "--seed", str(season.seed))
    _supervise(settings, environment, ports, with_broker=True, live=live)


def serve(
    with_broker: Annotated[
        bool, typer.Option("--with-broker", help="Also the MQTT broker, on AGRO_MQTT_PORT.")
    ] = False,
) -> None:
    """A real installation on one machine: collector, scheduler, dashboard and HTTP API."""
    settings = configured()
    _log(logging.WARNING)
    _broker_url(settings.broker)
    ports = _ports(settings, with_broker=with_broker)
    load_city(settings)
    environment = _environment(settings, ports)
    if with_broker:
        environment["AGRO_BROKER_URL"] = f"mqtt://127.0.0.1:{ports[1]}"
    _supervise(settings, environment, ports, with_broker=with_broker)


def _broker_url(url: str) -> None:
    from sensors.mqtt import read_broker_url

    try:
        read_broker_url(url)
    except ValueError as error:
        raise BadInput([f"AGRO_BROKER_URL: {error}"]) from error


def _ports(settings: "Settings", *, with_broker: bool) -> tuple[int, int]:
    """The ports of dashboard and broker; 0 asks for any free one.

    Raises
    ------
    AgroError  One is in use.
    """
    from agro.cli.processes import free_port, is_free

    wanted = [("AGRO_PORT", settings.port)]
    wanted += [("AGRO_MQTT_PORT", settings.mqtt_port)] if with_broker else []
    used = [
        f"port {port} is in use; set {name} to another"
        for name, port in wanted
        if not is_free(port)
    ]
    if with_broker and settings.port and settings.port == settings.mqtt_port:
        used.append(f"AGRO_PORT and AGRO_MQTT_PORT are both {settings.port}; set one to another")
    if used:
        raise AgroError("\n".join(used))
    return settings.port or free_port(), settings.mqtt_port or free_port()


def _environment(settings: "Settings", ports: tuple[int, int]) -> dict[str, str]:
    """What the children run with: the settings as this process found them."""
    return {
        **os.environ,
        "AGRO_VAR": str(settings.var.resolve()),
        "AGRO_DATABASE_URL": _absolute(settings),
        "AGRO_PORT": str(ports[0]),
        "AGRO_MQTT_PORT": str(ports[1]),
    }


def _absolute(settings: "Settings") -> str:
    if settings.database_url:
        return settings.database_url
    return f"sqlite:///{(settings.var.resolve() / 'agro.sqlite').as_posix()}"


def _supervise(
    settings: "Settings",
    environment: dict[str, str],
    ports: tuple[int, int],
    *,
    with_broker: bool,
    live: tuple[str, ...] = (),
) -> None:
    from agro.cli.broker import broker_child, is_mosquitto
    from agro.cli.processes import Child, Supervisor, agro, answers

    address = f"http://127.0.0.1:{ports[0]}"
    children: list[Child] = []
    if with_broker:
        children.append(broker_child(settings.var, ports[1]))
        if not is_mosquitto():
            tell("mosquitto is not installed: a small broker takes its place, for a demo only")
    children += [Child("collector", agro("collect")), Child("scheduler", agro("scheduler"))]
    children += [Child("stations", agro(*live))] if live else []
    ready = Child("web", agro("web"), lambda: answers(f"{address}/healthz"), ready_within_s=120.0)
    children.append(ready)

    def on_ready() -> None:
        answer(address)
        sys.stdout.flush()
        tell("Ctrl-C stops everything")

    Supervisor(children, environment).run(on_ready)
    tell("stopped")


def collect(
    broker_url: Annotated[
        str | None, typer.Option("--broker", metavar="URL", help="Else AGRO_BROKER_URL.")
    ] = None,
) -> None:
    """The collector alone; several may run at once on one database."""
    from agro.collect import run

    settings = configured()
    _log(logging.INFO)
    chosen = settings.model_copy(update={"broker_url": broker_url}) if broker_url else settings
    try:
        run(chosen)
    except ValueError as error:
        raise BadInput([f"{'--broker' if broker_url else 'AGRO_BROKER_URL'}: {error}"]) from error


def scheduler() -> None:
    """Advice at start, on time and after new data."""
    import signal
    from threading import Event

    from agro import schedule

    settings = configured()
    _log(logging.WARNING)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with store(settings.database) as engine:
        schedule.run(engine, stop, settings.advice_every)


def web() -> None:
    """The dashboard and the HTTP API."""
    from agro.server import serve as serve_web

    _log(logging.WARNING)
    serve_web(configured().port)


def stations(days: Days = None, seed: Seed = None) -> None:
    """The demo's stations, live over MQTT."""
    from agro.demo import DAYS, SEED, live_main

    _log(logging.WARNING)
    live_main(configured(), days=days or DAYS, seed=SEED if seed is None else seed)


def broker(port: Annotated[int, typer.Option()]) -> None:
    """The pip-installable broker."""
    from agro.cli.broker import run_amqtt

    _log(logging.WARNING)
    run_amqtt(port)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """What is configured, reachable, late or failing; exits 1 if something is."""
    from agro.cli.health import examine
    from agro.cli.season_demo import on_demo_clock

    found = examine(on_demo_clock(configured()))
    if as_json:
        answer_json([{"check": one.check, "ok": one.ok, "found": one.found} for one in found])
    else:
        rows = ([one.check, "ok" if one.ok else "FAULT", one.found] for one in found)
        answer_table("agro doctor", ("check", "", "found"), rows)
    faults = [one for one in found if not one.ok]
    if faults:
        raise AgroError("\n".join(f"{one.check}: {one.found}" for one in faults))
