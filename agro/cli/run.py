"""`agro demo`, `agro serve`, `agro collect`, `agro doctor`, and the children they start."""

import logging
import os
import sys
from dataclasses import asdict
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.backfill import storages_of
from agro.cli.city import load_city
from agro.cli.output import answer, answer_json, answer_table, configured, store, tell
from agro.errors import AgroError, BadInput

if TYPE_CHECKING:
    from agro.config import Settings

_SIGNS = {"ok": "ok", "warn": "look", "fail": "FAULT"}
Days = Annotated[int | None, typer.Option(min=1, help="Length of the season's history.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Another seed is another season.")]


def register(app: typer.Typer) -> None:
    """Add these commands; children are hidden: they are started by the others."""
    for command in (demo, serve, collect, doctor):
        app.command()(command)
    for child in (scheduler, web, stations, control_post, broker):
        app.command(hidden=True)(child)


def _log(settings: "Settings", level: int, process: str) -> None:
    from agro import logs

    logs.configure(settings.log, level, process)


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
    _log(settings, logging.WARNING, "demo")
    ports = None if no_serve else _ports(settings, with_broker=True)
    season = season_demo.prepare(settings, days, seed)
    if ports is None:
        return
    secret = settings.ngsi_ld_secret.get_secret_value() or token_urlsafe()
    environment = _environment(settings, ports) | {
        "AGRO_CLOCK": season.clock,
        "AGRO_BROKER_URL": f"mqtt://127.0.0.1:{ports[1]}",
        "AGRO_NGSI_LD_SECRET": secret,
    }
    live = ("--days", str(season.days), "--seed", str(season.seed))
    _supervise(settings, environment, ports, with_broker=True, live=live)


def serve(
    with_broker: Annotated[
        bool, typer.Option("--with-broker", help="Also the MQTT broker, on AGRO_MQTT_PORT.")
    ] = False,
) -> None:
    """A real installation on one machine: collector, scheduler, dashboard and HTTP API."""
    from agro.access.listening import check

    settings = configured()
    _log(settings, logging.WARNING, "serve")
    _broker_url(settings.broker)
    storages_of(settings)
    ports = _ports(settings, with_broker=with_broker)
    load_city(settings)
    if told := check(settings):
        tell(told)
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

    address = settings.model_copy(update={"port": ports[0]}).own_address
    children: list[Child] = []
    if with_broker:
        children.append(broker_child(settings.var, ports[1]))
        if not is_mosquitto():
            tell("mosquitto is not installed: a small broker takes its place, for a demo only")
    children += [Child("collector", agro("collect")), Child("scheduler", agro("scheduler"))]
    # Simulated stations have no network that keeps what they sent.
    last = agro("stations", *live) if live else agro("backfiller")
    children.append(Child("stations" if live else "backfill", last))
    ready = Child("web", agro("web"), lambda: answers(f"{address}/healthz"), ready_within_s=120.0)
    children.append(ready)
    if live:
        children.append(Child("control post", agro("control-post", *live)))

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
    settings = configured()
    _log(settings, logging.INFO, "collector")
    from agro.collect import run

    chosen = settings.model_copy(update={"broker_url": broker_url}) if broker_url else settings
    try:
        run(chosen)
    except ValueError as error:
        raise BadInput([f"{'--broker' if broker_url else 'AGRO_BROKER_URL'}: {error}"]) from error


def scheduler() -> None:
    """Advice at start, on time and after new data."""
    import signal
    from threading import Event, Thread

    settings = configured()
    _log(settings, logging.WARNING, "scheduler")
    from agro import feeds, retention, schedule
    from agro.notify import service as alerts
    from agro.publish import notifying

    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with store(settings.database) as engine:
        keeping = (engine, stop, settings.keep_months, settings.audit_months)
        Thread(target=retention.run, args=keeping, daemon=True).start()
        asking = (engine, settings, stop)
        Thread(target=feeds.run, args=asking, daemon=True).start()
        Thread(target=notifying.run, args=asking, daemon=True).start()
        Thread(target=alerts.run, args=asking, daemon=True).start()
        schedule.run(engine, stop, settings.advice_every)


def web() -> None:
    """The dashboard and the HTTP API."""
    settings = configured()
    _log(settings, logging.WARNING, "web")
    from agro.dashboard.ready import get_ready
    from agro.server import serve as serve_web

    get_ready()
    serve_web(settings.port)


def stations(days: Days = None, seed: Seed = None) -> None:
    """The demo's stations, live over MQTT."""
    settings = configured()
    _log(settings, logging.WARNING, "stations")
    from agro.demo import DAYS, SEED, live_main

    live_main(settings, days=days or DAYS, seed=SEED if seed is None else seed)


def control_post(days: Days = None, seed: Seed = None) -> None:
    """The demo's control post, live over HTTP."""
    settings = configured()
    _log(settings, logging.WARNING, "control-post")
    from agro.demo import DAYS, SEED, control_post_main

    control_post_main(settings, days=days or DAYS, seed=SEED if seed is None else seed)


def broker(port: Annotated[int, typer.Option()]) -> None:
    """The pip-installable broker."""
    _log(configured(), logging.WARNING, "broker")
    from agro.cli.broker import run_amqtt

    run_amqtt(port)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    broker_files: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Of agro broker-files: is it still the register's?"),
    ] = None,
) -> None:
    """What is configured, reachable, late or failing; exits 1 if something is."""
    from agro.checks import failures
    from agro.cli.health import examine
    from agro.cli.season_demo import on_demo_clock

    found = examine(on_demo_clock(configured()), broker_files)
    if as_json:
        answer_json([{**asdict(one), "ok": one.ok} for one in found])
    else:
        rows = ([one.check, _SIGNS[one.status], one.found, one.to_do] for one in found)
        answer_table("agro doctor", ("check", "", "found", "to do"), rows)
    faults = failures(found)
    if faults:
        raise AgroError("\n".join(f"{one.check}: {one.found}; {one.to_do}" for one in faults))
