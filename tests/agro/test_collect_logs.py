"""What a real collector logs while its database refuses everything, for a machine to read."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from agro.store import heartbeat, open_store, writing

pytestmark = pytest.mark.service


def test_fields_say_what_waits_and_why(
    own_mosquitto: Any,
    sqlite_url: str,
    tmp_path: Path,
    lse01: Callable[..., tuple[str, bytes]],
    publish: Callable[..., None],
) -> None:
    environment = os.environ | {
        "AGRO_DATABASE_URL": sqlite_url,
        "AGRO_BROKER_URL": own_mosquitto.url,
        "AGRO_VAR": str(tmp_path / "var"),
        "AGRO_LOG": "json",
    }
    written, engine = tmp_path / "log", open_store(sqlite_url)

    def listens() -> bool:
        with engine.connect() as c:
            beats = heartbeat.read(c)
        return any(facts["connected"] for _, facts in beats.values())

    def told() -> list[dict[str, Any]]:
        return [json.loads(line) for line in written.read_text().splitlines()]

    with written.open("w") as errors:
        command = [sys.executable, "-m", "agro.cli", "collect"]
        process = subprocess.Popen(command, env=environment, stderr=errors)
        try:
            _wait_until(listens)
            with writing(engine) as c:
                c.execute(text("DROP TABLE heartbeat"))
            publish(own_mosquitto.url, [lse01("probe", datetime.now(UTC)) for _ in range(3)])
            _wait_until(lambda: any("messages" in line for line in told()))
        finally:
            process.terminate()
            assert process.wait(20) == 0
            engine.dispose()
    writes = [line for line in told() if line["message"].startswith("cannot write")]
    assert writes
    for line in writes:
        assert 1 <= line["messages"] <= 3
        assert line["messages"] + line["waiting"] <= 3
        assert line["error"] == "no such table: heartbeat"
        assert line["message"] == f"cannot write {line['messages']} messages yet: {line['error']}"
        assert (line["process"], line["level"]) == ("collector", "warning")
    last = told()[-1]  # it stops, and cannot say so
    assert last["message"] == "cannot leave a sign of life: no such table: heartbeat"
    assert last["error"] == "no such table: heartbeat"
    assert isinstance(last["waiting"], int)


def _wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 50
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
