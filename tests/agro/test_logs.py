"""Logs of real processes: a line for a person or an object for a machine, and never a secret."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agro.logs import without_secrets

_SAYS = """
import logging
from agro import logs
logs.configure("{style}", logging.INFO, "collector")
import streamlit.logger, uvicorn.config
log = logging.getLogger("agro.collect")
log.info("nothing of it")
log.warning("cannot write to %s", "postgresql://anne:s3cret@db/agro",
            extra={{"site": "ducs", "device": "probe", "reason": "bad_json", "rows": 3}})
streamlit.logger.get_logger("streamlit.web").warning("a page failed, token=abc123")
uvicorn.config.Config(None)
logging.getLogger("uvicorn.error").error("a port is taken")
logging.getLogger("agro.quiet").debug("not told")
raise SystemError("the end")
"""


def _lines(style: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _SAYS.format(style=style)], capture_output=True, text=True
    )
    assert done.returncode == 1
    return done.stderr.splitlines()


def test_every_line_of_every_library_is_one_object() -> None:
    told = [json.loads(line) for line in _lines("json")]
    assert [one["logger"] for one in told] == [
        *("agro.collect", "agro.collect", "streamlit.web", "uvicorn.error", "agro.logs"),
    ]
    first, second, page, port, end = told
    assert first["message"] == "nothing of it"
    assert {"time", "level", "logger", "process", "message"} <= first.keys()
    assert second["level"] == "warning"
    assert second["process"] == "collector"
    assert (second["site"], second["device"], second["reason"]) == ("ducs", "probe", "bad_json")
    assert second["rows"] == 3
    assert second["message"] == "cannot write to postgresql://***@db/agro"
    assert page["message"] == "a page failed, token=***"
    assert port["level"] == "error"
    assert (end["level"], end["message"]) == ("critical", "ended by SystemError")
    assert "the end" in end["exc_info"]


def test_a_person_reads_lines() -> None:
    lines = _lines("text")
    assert any(line.endswith("agro.collect: nothing of it") for line in lines)
    assert any("cannot write to postgresql://***@db/agro" in line for line in lines)
    assert "s3cret" not in "".join(lines)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("mqtts://app@ttn:NNSXS.KEY@eu1.example:8883 lost", "mqtts://***@eu1.example:8883 lost"),
        ("postgresql://anne:a/b@c@db/agro", "postgresql://***@db/agro"),
        ("mqtt://127.0.0.1:1883 refuses agro@site", "mqtt://127.0.0.1:1883 refuses agro@site"),
        ('{"password": "s3cret", "rows": 3}', '{"password": "***", "rows": 3}'),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("key NNSXS.ABC.DEF expired", "key *** expired"),
        ("shown agro_1f2e3d4c_aB-9_x, of no scope", "shown ***, of no scope"),
        ("GET /oauth2callback?code=a.b&state=c 302", "GET /oauth2callback?code=***&state=*** 302"),
        ("Cookie: agro_session=abc; lang=fr", "Cookie: agro_session=***; lang=fr"),
        ("client_secret=abc, id_token='d.e'", "client_secret=***, id_token='***'"),
        ("keys of 3 sessions, state=ready", "keys of 3 sessions, state=ready"),
        ("12 messages of site ducs", "12 messages of site ducs"),
    ],
)
def test_secrets_are_struck_out(said: str, written: str) -> None:
    assert without_secrets(said) == written


@given(st.text("abcXYZ0189/?#!$%&*@:._-", min_size=3, max_size=30))
def test_no_password_of_a_url_is_ever_written(password: str) -> None:
    told = without_secrets(f"lost mqtts://anne:{password}@broker.example:8883 now")
    assert told == "lost mqtts://***@broker.example:8883 now"


def test_a_setting_chooses(tmp_path: Path) -> None:
    def scheduler(style: str) -> Any:
        environment = os.environ | {
            "AGRO_VAR": str(tmp_path),
            "AGRO_LOG": style,
            "AGRO_DATABASE_URL": "sqlite:////proc/nowhere/agro.sqlite",
        }
        command = [sys.executable, "-m", "agro.cli", "scheduler"]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    asked = scheduler("json")
    assert asked.returncode == 1
    told = [json.loads(line) for line in asked.stderr.splitlines()]
    assert told[-1]["process"] == "scheduler"
    assert "cannot open the database" in told[-1]["message"]
    wrong = scheduler("xml")
    assert wrong.returncode == 2
    assert "AGRO_LOG: 'xml' cannot be used" in wrong.stderr
