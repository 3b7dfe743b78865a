"""A provider of OpenID Connect as a process of its own, to be killed, frozen and started again."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.conftest import free_port, wait_for_port

# The mock as it is, but that its pages ask nothing of another machine, and that it dies in the
# middle of a sign-in where a file says so: when it is asked for the tokens.
_PROGRAM = """
import os, re, sys
from pathlib import Path
import flask, uvicorn
from oidc_provider_mock import app
made, dies = app(), Path(sys.argv[2])
@made.before_request
def die():
    if dies.exists() and flask.request.path.endswith("/token"):
        os._exit(1)
@made.after_request
def plain(response):
    if response.mimetype == "text/html":
        response.set_data(re.sub(rb"<link[^>]*>", b"", response.get_data()))
    return response
uvicorn.run(made, interface="wsgi", port=int(sys.argv[1]), log_level="error")
"""


class Provider:
    """Knows whom it is told, until it dies."""

    def __init__(self, folder: Path) -> None:
        pytest.importorskip("oidc_provider_mock")
        self.port, self._dies = free_port(), folder / "dies"
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, str]:
        """What our server is told of it; it speaks http, as none in the world does."""
        return {
            "AGRO_OIDC_METADATA_URL": f"{self.url}/.well-known/openid-configuration",
            "AGRO_OIDC_CLIENT_ID": "agro",
            "AGRO_OIDC_CLIENT_SECRET": "agro's",
            "AGRO_OIDC_NAME": "Ville d’essai",
            "AUTHLIB_INSECURE_TRANSPORT": "1",
        }

    def start(self) -> None:
        self._dies.unlink(missing_ok=True)
        arguments = [str(self.port), str(self._dies)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *arguments], stderr=subprocess.DEVNULL
        )
        wait_for_port(self.port, seconds=60)

    def knows(self, email: str, *, verified: bool = True) -> None:
        """Let somebody have an account at the provider."""
        claims = {"email": email, "email_verified": verified, "name": "Paul de la ville"}
        answer = httpx.put(f"{self.url}/users/{quote(email)}", json=claims, timeout=30)
        assert answer.status_code == 204, answer.text

    def die_when_asked_for_tokens(self) -> None:
        self._dies.touch()

    def wait_until_dead(self) -> None:
        assert self._process is not None
        self._process.wait(30)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Takes connections and answers none."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)
