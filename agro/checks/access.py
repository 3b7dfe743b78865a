"""A broker's generated files beside today's register: who may write, who may no longer."""

import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import Connection

from agro.checks.record import Check, amount, fail, good, named, warn
from agro.store import farms
from sensors.broker import COLLECTOR, access_list

_AGAIN = "run agro broker-files again and send Mosquitto SIGHUP"
_SECRET = ("passwords", "bridges/*.conf")


def examine_access(c: Connection, folder: Path) -> list[Check]:
    """Whether the files of `agro broker-files` in `folder` still say what the register says."""
    try:
        there = _users((folder / "acl").read_text(encoding="utf-8"))
        passwords = (folder / "passwords").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        told = f"{getattr(error, 'filename', None) or folder} cannot be read"
        return [fail("access list", told, "name the folder given to agro broker-files --out")]
    wanted = _users(access_list((one.site, one.device) for one in farms.devices(c)))
    return [*_compared(there, wanted), _collector(passwords), *_readable(folder)]


def _users(text: str) -> dict[str, frozenset[str]]:
    """User → what an access list lets it do; "" stands for everybody."""
    found: dict[str, set[str]] = {"": set()}
    user = ""
    for line in text.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "user":
            user = rest.strip()
            found.setdefault(user, set())
        elif word in {"topic", "pattern"}:
            found[user].add(f"{word} {rest.strip()}")
    return {name: frozenset(topics) for name, topics in found.items()}


def _compared(
    there: Mapping[str, frozenset[str]], wanted: Mapping[str, frozenset[str]]
) -> Iterable[Check]:
    absent = sorted(wanted.keys() - there.keys())
    beyond = sorted(there.keys() - wanted.keys())
    changed = sorted(
        user or "everybody" for user in there.keys() & wanted.keys() if there[user] != wanted[user]
    )
    if changed:
        # A line by hand may open every device's topics to one.
        told = f"{named(changed)}: not the topics of the register"
        yield fail("access list", told, _AGAIN)
    if beyond:
        told = f"{named(beyond)} may still write and {_are(beyond)} not in the register"
        yield warn("access list", told, f"{_AGAIN}; mosquitto_passwd -D removes a password")
    if absent:
        yield warn("access list", f"{named(absent)} may not write yet", _AGAIN)
    if not (absent or beyond or changed):
        yield good("access list", f"{amount(len(wanted) - 1, 'user')}, as in the register")


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _collector(passwords: list[str]) -> Check:
    if any(line.startswith(f"{COLLECTOR}:") for line in passwords):
        return good("passwords", f"{amount(len(passwords), 'user')} with a password")
    return fail("passwords", f"{COLLECTOR} has none", f"mosquitto_passwd passwords {COLLECTOR}")


def _readable(folder: Path) -> Iterable[Check]:
    """Files with secrets that others on this machine can read."""
    files = [file for pattern in _SECRET for file in sorted(folder.glob(pattern))]
    open_to_all = [
        str(file.relative_to(folder)) for file in files if file.stat().st_mode & stat.S_IRWXO
    ]
    if open_to_all:
        yield fail("secrets", f"{named(open_to_all)}: every user can read it", "chmod o-rwx them")
