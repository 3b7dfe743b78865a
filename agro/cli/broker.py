"""The broker of one machine: Mosquitto when it is installed, else the pip-installable one."""

import asyncio
import logging
import shutil
import signal
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from agro.cli.processes import HOST, Child, agro, listens
from agro.errors import AgroError


def broker_child(var: Path, port: int) -> Child:
    """The child that is the broker on this port.

    Raises
    ------
    AgroError  None is installed.
    """
    command = _command(var, port)
    return Child("broker", command, lambda: listens(port), is_ours=not is_mosquitto())


def is_mosquitto() -> bool:
    """Whether the production broker is there."""
    return _mosquitto() is not None


def _mosquitto() -> str | None:
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def _command(var: Path, port: int) -> Sequence[str]:
    program = _mosquitto()
    if program is None:
        if find_spec("amqtt") is None:
            raise AgroError("no MQTT broker is installed; install mosquitto, or `agro[demo]`")
        return agro("broker", "--port", str(port))
    from sensors.broker import broker_configuration

    folder = (var / "broker").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "mosquitto.conf"
    configuration.write_text(broker_configuration(folder, port=port), encoding="utf-8")
    return (program, "-c", str(configuration))


def run_amqtt(port: int) -> None:
    """The pip-installable broker until SIGTERM: for a few live stations, not for history."""
    from amqtt.broker import Broker

    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    plugin = "amqtt.plugins.authentication.AnonymousAuthPlugin"
    configuration = {
        "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}"}},
        "plugins": {plugin: {"allow_anonymous": True}},
    }

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        broker = Broker(configuration)
        await broker.start()
        await stop.wait()
        await broker.shutdown()

    asyncio.run(serve())
