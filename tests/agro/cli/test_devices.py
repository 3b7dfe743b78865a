"""The register on the command line: accepted, moved, replaced, calibrated, with every past kept."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agro.store import farms, open_store, quarantine, readings, writing
from agro.store.ingest import Message, ingest

NOW = datetime(2026, 7, 20, 5, tzinfo=UTC)
SITE = "potager-des-ducs"
PLOT = "planche-1"
Lse01 = Callable[..., tuple[str, bytes]]
COMMANDS = "add list import waiting accept forget move replace history calibrate uncalibrate"


@pytest.fixture
def url(dijon: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The store under the commands, at NOW."""
    clock = f"{NOW.isoformat()}@{datetime.now(UTC).timestamp():.0f}"
    monkeypatch.setenv("AGRO_CLOCK", clock)
    return f"sqlite:///{tmp_path}/var/agro.sqlite"


@pytest.fixture
def came(url: str, lse01: Lse01) -> Callable[..., None]:
    """Uplinks of a device, one an hour, the last at NOW: `came("probe", 5, moisture=0.2)`."""

    def send(name: str, count: int, *, body: Callable[[bytes], bytes] = bytes, **more: Any) -> None:
        engine = open_store(url)
        sent = [lse01(name, NOW - timedelta(hours=h), **more) for h in reversed(range(count))]
        with writing(engine) as c:
            ingest(c, [Message(topic, body(one), NOW) for topic, one in sent])
        engine.dispose()

    return send


def _moisture(url: str, device: str) -> list[float]:
    engine = open_store(url)
    with engine.connect() as c:
        seen = readings.series(
            c,
            device=device,
            quantity="soil_moisture",
            start=NOW - timedelta(days=60),
            end=NOW + timedelta(days=1),
        )
    engine.dispose()
    return [round(value, 6) for value in seen["value"]]


@pytest.mark.parametrize("name", COMMANDS.split())
def test_every_command_explains_itself(agro: Any, name: str) -> None:
    done = agro("device", name, "--help")
    assert (done.code, done.lines) == (0, [])
    assert f"Usage: agro device {name}" in done.out


def test_a_device_that_waits_is_shown_and_accepted(dijon: Any, url: str, came: Any) -> None:
    came("lse01-new", 3, moisture=0.3)
    (one,) = dijon("device", "waiting", "--json").json
    assert one["models"][0] == "dragino/lse01"
    assert (one["device"], one["messages"], one["network"]) == ("lse01-new", 3, "the_things_stack")
    assert one["last"] == "2026-07-20T05:00:00Z"
    assert "lse01-new" in dijon("device", "waiting").out
    words = ("device", "accept", "lse01-new", "--site", SITE, "--plot", PLOT, "--depths", "20")
    done = dijon(*words, "--model", "dragino/lse01")
    assert (done.code, done.lines) == (0, [])
    assert "3 messages that waited are read: 18 values stored" in done.out
    assert _moisture(url, "lse01-new") == [0.3, 0.3, 0.3]
    assert dijon("device", "waiting", "--json").json == []
    listed = {row["device"]: row for row in dijon("device", "list", "--json").json}
    found = listed["lse01-new"]
    assert (found["plot"], found["depths"], found["since"]) == (PLOT, [20.0], None)
    assert found["last_seen"] == "2026-07-20T05:00:00Z"
    assert "lse01-new" in dijon("device", "list").out
    done = dijon("device", "accept", "lse01-new", "--site", SITE)
    assert (done.code, done.lines) == (2, ["NAME: no device 'lse01-new' waits; none does now"])


def test_a_network_that_names_the_model_spares_the_question(
    dijon: Any, url: str, came: Any
) -> None:
    def named(body: bytes) -> bytes:
        told = json.loads(body)
        told["uplink_message"]["version_ids"] = {"brand_id": "dragino", "model_id": "lse01"}
        return json.dumps(told).encode()

    came("stranger", 2, body=named)
    done = dijon("device", "accept", "stranger", "--site", SITE)
    assert (done.code, done.lines) == (0, [])
    came("other", 2)
    done = dijon("device", "accept", "other", "--site", SITE)
    assert (done.code, len(done.lines)) == (2, 1)
    assert done.lines[0].startswith("--model: other may be dragino/")
    assert "say which" in done.lines[0]


def test_adding_a_device_stores_what_waited_of_it(dijon: Any, url: str, came: Any) -> None:
    came("probe-9", 2)
    done = dijon("device", "add", "probe-9", "--model", "dragino/lse01", "--site", SITE)
    assert done.out.splitlines() == [
        f"probe-9 is registered on {SITE}",
        "2 messages that waited are read: 12 values stored",
    ]


def test_forgetting_asks_first(dijon: Any, url: str, came: Any) -> None:
    came("stranger", 4)
    done = dijon("device", "forget", "stranger")
    told = "4 messages of stranger will be deleted for good; add --yes"
    assert (done.code, done.lines) == (2, [told])
    assert len(dijon("device", "waiting", "--json").json) == 1
    done = dijon("device", "forget", "stranger", "--yes")
    assert (done.code, done.out) == (0, "4 messages of stranger are deleted\n")
    assert dijon("device", "waiting", "--json").json == []
    assert dijon("device", "forget", "stranger", "--yes").code == 2


def test_a_file_of_devices_keeps_its_good_rows(
    dijon: Any, url: str, came: Any, tmp_path: Path
) -> None:
    came("p-1", 2)
    file = tmp_path / "new.csv"
    file.write_text(
        "device,eui,model,site,plot,name,depths\n"
        f"p-1,A84041FFFF000001,dragino/lse01,{SITE},{PLOT},Probe 1,20\n"
        f"p-2,,dragino/lse1,{SITE},{PLOT},Probe 2,20\n"
        f"p-3,,dragino/lse01,nowhere,,Probe 3,20\n"
        f"p-4,,dragino/lse01,{SITE},planche-99,Probe 4,20\n"
        f"p-5,,decentlab/dl-smtp,{SITE},,Profile,\n"
        f"p-1,,dragino/lse01,{SITE},,Twice,20\n"
    )
    done = dijon("device", "import", file)
    assert done.code == 2
    assert done.out == "2 devices registered, 12 values of theirs that waited stored\n"
    told = "\n".join(done.lines)
    assert "new.csv row 3: model 'dragino/lse1' is not a model we can read" in told
    assert "new.csv row 4: site: 'nowhere' does not exist" in told
    assert "new.csv row 5: plot: 'planche-99' is not on" in told
    assert "new.csv row 7: device 'p-1' stands twice; remove one" in told
    assert len(done.lines) == 4
    listed = {row["device"]: row for row in dijon("device", "list", "--json").json}
    assert listed["p-1"]["eui"] == "A84041FFFF000001"
    assert len(listed["p-5"]["depths"]) == 8
    assert dijon("device", "import", tmp_path / "none.csv").code == 2


def _add(dijon: Any, name: str = "probe", **options: str) -> None:
    words = [word for key, value in options.items() for word in (f"--{key}", value)]
    base = ("--model", "dragino/lse01", "--site", SITE, "--plot", PLOT, "--depths", "20")
    assert dijon("device", "add", name, *base, *words).code == 0


def test_a_move_keeps_the_past(dijon: Any, url: str, came: Any) -> None:
    _add(dijon)
    came("probe", 5)
    done = dijon("device", "move", "probe", "--plot", "planche-2", "--since", "2026-07-20T03:00Z")
    assert (done.code, done.out) == (0, f"probe stands on {SITE}, plot planche-2 at 20 cm\n")
    done = dijon("device", "move", "probe", "--depths", "35", "--since", "2026-07-20T04:00:00Z")
    assert done.code == 0
    told = dijon("device", "history", "probe", "--json").json
    stays = [
        (one["since"], one["until"], one["plot"], one["depths"]) for one in told["deployments"]
    ]
    assert stays == [
        (None, "2026-07-20T03:00:00Z", PLOT, [20.0]),
        ("2026-07-20T03:00:00Z", "2026-07-20T04:00:00Z", "planche-2", [20.0]),
        ("2026-07-20T04:00:00Z", None, "planche-2", [35.0]),
    ]
    assert "planche-2" in dijon("device", "history", "probe").out
    engine = open_store(url)
    with engine.connect() as c:
        assert farms.devices(c)[-1].depths == (35.0,)
    engine.dispose()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("move", "probe"), "nothing to change; give --site, --plot or --depths"),
        (("move", "prob", "--plot", PLOT), "NAME: no device 'prob' is registered; did you mean"),
        (("move", "probe", "--plot", "planche-99"), "--plot: 'planche-99' is not on"),
        (("move", "probe", "--site", "ducs"), "--site: 'ducs' does not exist"),
        (("move", "probe", "--depths", "30,10"), "--depths: '30,10' must go down, top first"),
        (("move", "probe", "--depths", "9", "--since", "then"), "--since: 'then' is not a time"),
        (("move", "probe", "--depths", "9", "--since", "2026-07-20T05:00"), "has no time zone"),
        (("move", "probe", "--depths", "9", "--since", "2026-08-20"), "is in the future"),
        (("replace", "probe", "probe"), "NEW: 'probe' is the old one"),
        (("replace", "nobody", "probe"), "NAME: no device 'nobody' is registered"),
        (("history", "nobody"), "NAME: no device 'nobody' is registered"),
    ],
)
def test_changes_that_cannot_be(dijon: Any, url: str, words: tuple[str, ...], told: str) -> None:
    _add(dijon)
    done = dijon("device", *words)
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]


def test_a_new_probe_stands_where_the_old_one_stood(dijon: Any, url: str, came: Any) -> None:
    _add(dijon, "old")
    came("old", 4, moisture=0.2)
    came("new", 4, moisture=0.3)
    done = dijon("device", "replace", "old", "new", "--since", "2026-07-20T03:30Z")
    assert done.code == 0
    assert done.out.splitlines() == [
        f"new stands in the place of old on {SITE}, plot {PLOT}",
        "4 messages that waited are read: 12 values stored",
    ]
    assert done.lines == ["2 problems in them; the page of the sensors lists them"]
    assert _moisture(url, "new") == [0.3, 0.3]  # not what it sent from the workbench
    assert _moisture(url, "old") == [0.2] * 4
    listed = {row["device"]: row for row in dijon("device", "list", "--json").json}
    assert "old" not in listed
    assert listed["new"]["since"] == "2026-07-20T03:30:00Z"
    (stay,) = dijon("device", "history", "new", "--json").json["deployments"]
    assert (stay["notes"], stay["plot"], stay["depths"]) == ("replaces old", PLOT, [20.0])
    assert dijon("device", "replace", "old", "third").code == 2


LINE = ("--quantity", "soil_moisture", "--source", "oven-dried samples")


def test_a_calibration_holds_from_its_day_on_and_can_be_taken_away(
    dijon: Any, url: str, came: Any
) -> None:
    _add(dijon)
    came("probe", 3, moisture=0.3)
    since = ("--since", "2026-07-20T04:00Z")
    done = dijon("device", "calibrate", "probe", *LINE, *since, "--offset", "0.02", "--gain", "0.9")
    assert (done.code, done.lines) == (0, [])
    assert done.out == "soil_moisture of probe is calibrated; 2 stored values computed again\n"
    assert _moisture(url, "probe") == [0.3, 0.29, 0.29]
    (kept,) = dijon("device", "history", "probe", "--json").json["calibrations"]
    assert kept == {
        "quantity": "soil_moisture",
        "depth_cm": None,
        "since": "2026-07-20T04:00:00Z",
        "until": None,
        "kind": "linear",
        "coefficients": [0.02, 0.9],
        "source": "oven-dried samples",
    }
    assert "oven-dried" in dijon("device", "history", "probe").out
    moved = dijon("device", "move", "probe", "--plot", "planche-2")
    assert moved.lines == [
        "its calibration of soil_moisture goes on; end it if it was made for the old soil"
    ]
    done = dijon("device", "uncalibrate", "probe", "--quantity", "soil_moisture", *since)
    assert (done.code, _moisture(url, "probe")) == (0, [0.3, 0.3, 0.3])
    assert dijon("device", "uncalibrate", "probe", "--quantity", "rain", *since).code == 2


def test_a_curve_and_a_polynomial(dijon: Any, url: str, came: Any, tmp_path: Path) -> None:
    _add(dijon)
    came("probe", 2, moisture=0.3)
    file = tmp_path / "curve.csv"
    file.write_text("uncalibrated;value\n0,4;0,5\n0,2;0,2\n0;0,02\n")
    since = ("--since", "2026-07-01")
    done = dijon("device", "calibrate", "probe", *LINE, *since, "--curve", file)
    assert (done.code, _moisture(url, "probe")) == (0, [0.35, 0.35])
    words = (*since, "--polynomial", "0.1,0.5,1", "--depth", "20", "--until", "2026-07-20T05:00Z")
    done = dijon("device", "calibrate", "probe", *LINE, *words)
    assert (done.code, _moisture(url, "probe")) == (0, [0.34, 0.35])


def test_a_meter_that_counts_pulses_is_told_what_one_is(dijon: Any) -> None:
    placed = ("--model", "elsys/elt-2", "--site", SITE, "--plot", PLOT)
    assert dijon("device", "add", "meter", *placed).code == 0
    litres = ("--quantity", "water_volume", "--gain", "10", "--source", "its plate")
    done = dijon("device", "calibrate", "meter", *litres, "--since", "2026-07-01")
    assert (done.code, done.lines) == (0, [])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "give one of --offset and --gain, --polynomial, --curve"),
        (("--gain", "1", "--polynomial", "0,1"), "give one of"),
        (("--gain", "0"), "calibration: the gain is 0"),
        (("--polynomial", "a,b"), "--polynomial: 'a,b' are not numbers"),
        (("--gain", "2", "--until", "2026-06-01"), "calibration: until 2026-05-31T22:00:00Z must"),
        (("--gain", "2", "--quantity", "rain"), "--quantity: 'rain' is not what probe measures"),
        (("--gain", "2", "--quantity", "moisture"), "--quantity: 'moisture' is not known"),
        (("--curve", "bends.csv"), "turns at 0.4"),
        (("--curve", "words.csv"), "words.csv, row 3"),
        (("--curve", "names.csv"), "no column uncalibrated"),
        (("--curve", "none.csv"), "none.csv: no such file"),
    ],
)
def test_calibrations_that_cannot_be(
    dijon: Any, url: str, words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    _add(dijon)
    (tmp_path / "bends.csv").write_text("uncalibrated,value\n0,0\n0.2,0.3\n0.4,0.2\n")
    (tmp_path / "words.csv").write_text("uncalibrated,value\n0,0\n0.2,wet\n")
    (tmp_path / "names.csv").write_text("x,value\n0,0\n")
    done = dijon("device", "calibrate", "probe", *LINE, "--since", "2026-07-01", *words)
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]


def test_what_is_imported_is_calibrated_too(dijon: Any, url: str, tmp_path: Path) -> None:
    _add(dijon)
    done = dijon("device", "calibrate", "probe", *LINE, "--since", "2026-07-01", "--gain", "0.5")
    assert done.out.endswith("; 0 stored values computed again\n")
    file = tmp_path / "readings.csv"
    file.write_text(
        "time,device,quantity,depth_cm,value\n"
        "2026-07-20T04:00Z,probe,soil_moisture,20,0.4\n"
        "2026-06-20T04:00Z,probe,soil_moisture,20,0.4\n"
    )
    assert dijon("import", "readings", file).code == 0
    assert _moisture(url, "probe") == [0.4, 0.2]
    engine = open_store(url)
    with engine.connect() as c:
        assert quarantine.waiting(c) == []
    engine.dispose()
