"""Node-RED for the same messages: an insert for each as its manual shows, or written by hand.

It is installed by npm into `var/node-red` beside the project, once. Its flow: MQTT in (QoS 1, kept
session, 3.1.1), a function that takes the six values out and may gather 500 messages or 0.2 s, and
one upsert for all that it gathered, by its SQLite node or by node-postgres.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

FOLDER = Path(__file__).parents[2] / "var" / "node-red"
_PACKAGES = {"node-red": "4", "node-red-node-sqlite": "1", "pg": "8"}
_UPSERT = "ON CONFLICT (series, time) DO UPDATE SET value = excluded.value, flag = excluded.flag"
_GATHER = """
const uplink = msg.payload.uplink_message, heard = uplink.rx_metadata[0];
const bytes = Buffer.from(uplink.frm_payload, 'base64');
const time = Math.floor(Date.parse(msg.payload.received_at) / 1000);
const first = Number(msg.payload.end_device_ids.device_id.slice(6)) * 6;
const values = [bytes.readUInt16BE(4) / 10000, bytes.readInt16BE(6) / 100,
    bytes.readUInt16BE(8) / 1000, bytes.readUInt16BE(0) / 1000, heard.rssi, heard.snr];
const rows = context.rows = context.rows || [];
values.forEach((value, i) => rows.push([first + i, time, value]));
if (rows.length >= 6 * TOGETHER) {
    context.rows = [];
    return write(rows);
}
if (!context.timer) {
    context.timer = setTimeout(() => {
        context.timer = null;
        const late = context.rows;
        context.rows = [];
        if (late.length) { const out = write(late); if (out) node.send(out); }
    }, 200);
}
return null;
"""
_SQLITE = f"""
function write(rows) {{
    const values = rows.map(row => `(${{row[0]}},${{row[1]}},${{row[2]}},1)`).join(',');
    return {{topic: `INSERT INTO peer VALUES ${{values}} {_UPSERT}`}};
}}
"""
_POSTGRESQL = f"""
function write(rows) {{
    const pool = context.get('pool');
    const column = i => rows.map(row => row[i]);
    pool.query(
        `INSERT INTO peer SELECT s, t, v, 1 FROM unnest($1::int[], $2::bigint[], $3::float8[])
         AS new(s, t, v) {_UPSERT}`, [column(0), column(1), column(2)]
    ).catch(error => node.error(error));
    return null;
}}
"""


def install() -> str:
    """Install what is missing; returns why it cannot be used, or nothing."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return "npm is not installed"
    if not (FOLDER / "node_modules" / "sqlite3").is_dir():
        FOLDER.mkdir(parents=True, exist_ok=True)
        wanted = {
            "name": "node-red-bench",
            "private": True,
            "dependencies": _PACKAGES,
            # npm 11 asks before a package may fetch or build its binary.
            "allowScripts": {"sqlite3": True},
        }
        (FOLDER / "package.json").write_text(json.dumps(wanted))
        if failed := _run("npm", "install", "--no-audit", "--no-fund"):
            return f"npm cannot install it: {failed}"
    if _run("node", "-e", "require('sqlite3'); require('pg')"):
        _run("npm", "rebuild", "sqlite3")
    failed = _run("node", "-e", "require('sqlite3'); require('pg')")
    return f"its database nodes do not load: {failed}" if failed else ""


def _run(*command: str) -> str:
    """The last line of what a failed command said; empty when it did not fail."""
    try:
        done = subprocess.run(
            command, cwd=FOLDER, capture_output=True, text=True, timeout=400, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]} takes longer than 400 s"
    lines = (done.stderr or done.stdout).strip().splitlines()
    return (lines or [f"exit {done.returncode}"])[-1] if done.returncode else ""


def version() -> str:
    """Of what is installed."""
    package = FOLDER / "node_modules" / "node-red" / "package.json"
    return str(json.loads(package.read_text())["version"])


def start(folder: Path, database: str, broker: str, *, together: int) -> "subprocess.Popen[bytes]":
    """A Node-RED with the flow for this database and broker; its files are in `folder`.

    `together` messages are written by one insert.
    """
    folder.mkdir(exist_ok=True)
    (folder / "flows.json").write_text(json.dumps(_flow(database, broker, together)))
    (folder / "settings.js").write_text(
        "module.exports = {flowFile: 'flows.json', uiPort: 0, httpAdminRoot: false, "
        "functionExternalModules: true, functionGlobalContext: {pg: "
        f"require({json.dumps(str(FOLDER / 'node_modules' / 'pg'))})}}, "
        f"nodesDir: {json.dumps(str(FOLDER / 'node_modules' / 'node-red-node-sqlite'))}, "
        "logging: {console: {level: 'warn'}}};"
    )
    program = FOLDER / "node_modules" / "node-red" / "red.js"
    command = ["node", str(program), "--userDir", str(folder)]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [*command, "--settings", str(folder / "settings.js")],
            cwd=FOLDER,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _flow(database: str, broker: str, together: int) -> list[dict[str, Any]]:
    host, _, port = broker.removeprefix("mqtt://").partition(":")
    is_sqlite = database.startswith("sqlite")
    gather: dict[str, Any] = {
        "id": "gather",
        "type": "function",
        "z": "flow",
        "outputs": 1,
        "func": f"const TOGETHER = {together};" + (_SQLITE if is_sqlite else _POSTGRESQL) + _GATHER,
        "wires": [["write"] if is_sqlite else []],
    }
    url = make_url(database)
    if not is_sqlite:
        where = {
            "host": url.query.get("host") or url.host,
            "port": url.port,
            "user": url.username,
            "password": url.password or "",
            "database": url.database,
        }
        gather["initialize"] = (
            "const pg = global.get('pg');\n"
            f"context.set('pool', new pg.Pool({json.dumps({**where, 'max': 2})}));"
        )
    flow = [
        {"id": "flow", "type": "tab", "label": "bench"},
        {
            "id": "broker",
            "type": "mqtt-broker",
            "broker": host,
            "port": port,
            "clientid": "node-red",
            "autoConnect": True,
            "usetls": False,
            "protocolVersion": "4",
            "keepalive": "60",
            "cleansession": False,
        },
        {
            "id": "in",
            "type": "mqtt in",
            "z": "flow",
            "topic": "v3/+/devices/+/up",
            "qos": "1",
            "datatype": "json",
            "broker": "broker",
            "wires": [["gather"]],
        },
        gather,
    ]
    if is_sqlite:
        flow += [
            {"id": "file", "type": "sqlitedb", "db": url.database, "mode": "RWC"},
            {
                "id": "write",
                "type": "sqlite",
                "z": "flow",
                "mydb": "file",
                "sqlquery": "batch",
                "wires": [[]],
            },
        ]
    return flow
