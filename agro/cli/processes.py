"""Child processes: started in order, started again when they die, stopped in reverse, none left.

Each child leads its own session, so that Ctrl-C reaches the parent alone, which stops the children
in order. When the parent itself is killed the system tells the children (Linux).
"""

import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from types import FrameType
from typing import IO

from agro.cli.output import tell
from agro.errors import AgroError
from agro.logs import is_structured

HOST = "127.0.0.1"
_LOOK_EVERY_S = 0.2
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_HEALTHY_S = 60.0  # after so long a life the next death is a first one again
_STOP_WITHIN_S = 8.0
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

Ready = Callable[[], bool]


@dataclass(frozen=True)
class Child:
    """A program to keep running; `ready` says when the next one may start.

    What a program says that `is_ours` is a line of our log already.
    """

    name: str
    command: Sequence[str]
    ready: Ready | None = None
    ready_within_s: float = 30.0
    is_ours: bool = True


@dataclass
class _Running:
    child: Child
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    again_at: float = 0.0
    pause: float = _FIRST_PAUSE_S


def agro(*words: str) -> tuple[str, ...]:
    """This program with other words, by the same Python."""
    return (sys.executable, "-m", "agro.cli", *words)


@dataclass
class Supervisor:
    """Keeps children running until it is told to stop."""

    children: Sequence[Child]
    environment: Mapping[str, str]
    _running: list[_Running] = field(default_factory=list)
    _stop: Event = field(default_factory=Event)
    _asked: int = 0

    def run(self, on_ready: Callable[[], None]) -> None:
        """Start all, call `on_ready`, keep them up; return when told to stop and all have ended.

        Raises
        ------
        AgroError  A child did not start.
        """
        with self._signals():
            try:
                for child in self.children:
                    self._start_first(child)
                if not self._stop.is_set():
                    on_ready()
                while not self._stop.wait(_LOOK_EVERY_S):
                    self._look()
            finally:
                self._stop_all()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def asked(_signal: int, _frame: FrameType | None) -> None:
            self._asked += 1
            self._stop.set()

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, asked) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start_first(self, child: Child) -> None:
        """Start a child and wait until it is ready, as long as nobody says stop."""
        if self._stop.is_set():
            return
        running = _Running(child)
        self._running.append(running)
        self._start(running)
        deadline = time.monotonic() + child.ready_within_s
        while child.ready is not None and not self._stop.wait(_LOOK_EVERY_S / 2):
            if running.process is None or running.process.poll() is not None:
                raise AgroError(f"the {child.name} does not start; its own lines above say why")
            if child.ready():
                return
            if time.monotonic() > deadline:
                raise AgroError(
                    f"the {child.name} does not answer after {child.ready_within_s:g} s"
                )

    def _start(self, running: _Running) -> None:
        parent = os.getpid()
        running.started = time.monotonic()
        running.process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
            running.child.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE if is_structured() and not running.child.is_ours else None,
            start_new_session=True,
            preexec_fn=lambda: _end_with(parent),
        )
        if running.process.stderr is not None:
            says = (running.child.name, running.process.stderr)
            Thread(target=_pass_on, args=says, daemon=True).start()

    def _look(self) -> None:
        """Start again what has died, each time after a longer pause."""
        for running in self._running:
            name, clock = running.child.name, time.monotonic()
            if running.process is None:
                if clock >= running.again_at:
                    self._start(running)
                continue
            code = running.process.poll()
            if code is None:
                continue
            if clock - running.started > _HEALTHY_S:
                running.pause = _FIRST_PAUSE_S
            tell(f"the {name} ended ({_how(code)}); it starts again in {running.pause:g} s")
            _kill_group(running.process)
            running.process, running.again_at = None, clock + running.pause
            running.pause = min(2.0 * running.pause, _LONGEST_PAUSE_S)

    def _stop_all(self) -> None:
        """Stop the children, last started first; a second Ctrl-C kills what is left."""
        asked = self._asked
        for running in reversed(self._running):
            process = running.process
            if process is None:
                continue
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    process.terminate()
                deadline = time.monotonic() + _STOP_WITHIN_S
                while process.poll() is None and time.monotonic() < deadline:
                    if self._asked > asked + 1:
                        break
                    time.sleep(0.02)
            _kill_group(process)
            process.wait()


def _pass_on(name: str, lines: IO[bytes]) -> None:
    """Make lines of our log of what a program of others says."""
    log = logging.getLogger(f"agro.{name}")
    with lines:
        for line in lines:
            log.warning("%s", line.decode("utf-8", "replace").rstrip())


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    """End whatever is left of a child's session."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _end_with(parent: int) -> None:
    """In the child, before its program: be told when the parent is gone."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen on this port."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def listens(port: int, host: str = HOST) -> bool:
    """Whether somebody answers on this port."""
    try:
        socket.create_connection((host, port), timeout=2.0).close()
    except OSError:
        return False
    return True


def answers(address: str) -> bool:
    """Whether a web server answers at this address, well or not."""
    try:
        urllib.request.urlopen(address, timeout=5.0).close()  # noqa: S310 - our own http address
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
