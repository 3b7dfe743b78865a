"""The examples for systemd, Caddy and nginx, judged by these programs themselves."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agro.config import Settings

EXAMPLES = Path(__file__).parents[3] / "agro" / "server" / "examples"
UNITS = sorted(EXAMPLES.glob("agro*.*"))
_NAME = "agro.example.org"
_NGINX = """
error_log stderr;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    {temporary}
    include {folder}/agro.conf;
}}
"""
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _run(*command: str, **more: str) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | more, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warn" not in (done.stdout + done.stderr).lower(), done.stderr


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    program = _program("systemd-analyze")
    copies = []
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        copies.append(tmp_path / unit.name)
        # Where this program stands here: a unit whose program is missing is refused.
        copies[-1].write_text(text.replace("/opt/agro/.venv/bin", str(Path(sys.executable).parent)))
    done = subprocess.run(
        [program, "verify", "--man=no", "--recursive-errors=no", *map(str, copies)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_units_speak_of_what_there_is(unit: Path) -> None:
    """Settings exist, and a timer has its service."""
    read = configparser.ConfigParser(strict=False, interpolation=None, delimiters="=")
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read(unit, encoding="utf-8")
    told = read.get("Service", "Environment", fallback="").split()
    named = {one.partition("=")[0].removeprefix("AGRO_").lower() for one in told}
    assert named <= Settings.model_fields.keys()
    if unit.suffix == ".timer":
        assert unit.with_suffix(".service").exists()


def test_the_service_stops_later_than_its_children() -> None:
    """systemd must not kill what `agro serve` still stops in order: six children, 8 s each."""
    text = (EXAMPLES / "agro.service").read_text(encoding="utf-8")
    seconds = int(text.partition("TimeoutStopSec=")[2].split()[0])
    assert seconds >= 6 * 8.0
    assert "KillMode=mixed" in text


def test_caddy_takes_its_file(tmp_path: Path) -> None:
    _run(
        *(_program("caddy"), "validate", "--adapter", "caddyfile"),
        *("--config", str(EXAMPLES / "Caddyfile")),
        HOME=str(tmp_path),
        XDG_DATA_HOME=str(tmp_path),
        XDG_CONFIG_HOME=str(tmp_path),
    )


def test_nginx_takes_its_file(tmp_path: Path) -> None:
    program = _program("nginx")
    site = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
    own = site.replace(f"/etc/letsencrypt/live/{_NAME}", str(tmp_path))
    (tmp_path / "agro.conf").write_text(own)
    _certificate(tmp_path)
    places = " ".join(f"{name}_temp_path {tmp_path}/{name};" for name in _TEMPORARY)
    main = tmp_path / "main.conf"
    main.write_text(_NGINX.format(folder=tmp_path, temporary=places))
    done = subprocess.run(
        [program, "-t", "-q", "-p", str(tmp_path), "-e", "stderr", "-c", str(main)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def _certificate(folder: Path) -> None:
    """One that nobody trusts, where the real one would stand."""
    _run(
        *(_program("openssl"), "req", "-x509", "-newkey", "ec"),
        *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
        *("-subj", f"/CN={_NAME}", "-keyout", str(folder / "privkey.pem")),
        *("-out", str(folder / "fullchain.pem")),
    )
