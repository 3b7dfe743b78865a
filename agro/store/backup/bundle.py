"""The file of a backup: a tar whose last member tells what the others must be."""

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

FORMAT = "agro-backup/1"
HEAD, MANIFEST = "agro-backup.json", "manifest.json"
_PIECE = 1 << 20  # bytes read at once
_LARGEST = 64 << 20  # bytes of a head or manifest

Told = Callable[[str, int, int], None]


class BundleFault(Exception):  # noqa: N818 - it is named for what the file is
    """A file that is no backup, or not a whole one; its text says what and what to do."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the tar."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    `taken_at` ISO 8601; `revision` of the tables (Alembic); `tables` name → rows; `archive` the
    folder of each archived month, `archive_included` whether their files are here.
    """

    taken_at: str
    revision: str
    database: str
    tables: dict[str, int]
    archive: dict[str, str]
    archive_included: bool
    members: tuple[Member, ...]


class Writer:
    """Adds members one after the other and remembers what they were."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w")  # noqa: SIM115 - closed by `close`
        self._members: list[Member] = []

    def add(self, name: str, content: bytes) -> None:
        """A member out of memory."""
        self._put(name, len(content), io.BytesIO(content))
        self._members.append(Member(name, len(content), sha256(content).hexdigest()))

    def add_file(self, name: str, path: Path, digest: str) -> None:
        """A member out of a file, whose SHA-256 is known."""
        size = path.stat().st_size
        with path.open("rb") as file:
            self._put(name, size, file)
        self._members.append(Member(name, size, digest))

    def close(self, **facts: Any) -> Manifest:
        """Add the manifest; the file is whole then."""
        manifest = Manifest(**facts, members=tuple(self._members))
        text = json.dumps({"format": FORMAT, **asdict(manifest)}).encode()
        self._put(MANIFEST, len(text), io.BytesIO(text))
        self._tar.close()
        return manifest

    def _put(self, name: str, size: int, file: IO[bytes]) -> None:
        facts = tarfile.TarInfo(name)
        facts.size = size
        self._tar.addfile(facts, file)


@contextmanager
def opened(path: Path) -> Iterator[Iterator[tuple[str, IO[bytes], int]]]:
    """The members of a backup in order: name, content to be read now, size.

    Raises
    ------
    BundleFault  It cannot be read as a tar, or ends too early.
    """
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            yield _members(path, tar)
    except tarfile.TarError as error:
        raise BundleFault(f"{path}: is not a backup of agro, or is cut short ({error})") from error
    except OSError as error:
        raise BundleFault(f"{path}: cannot be read ({error.strerror or error})") from error


def _members(path: Path, tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes], int]]:
    for facts in tar:
        content = tar.extractfile(facts) if facts.isfile() else None
        if content is None:
            raise BundleFault(f"{path}: {facts.name!r} is no file; this is not a backup of agro")
        yield facts.name, content, facts.size


def verify(path: Path, told: Told | None = None) -> Manifest:
    """Read a backup through and compare everything with its manifest.

    Raises
    ------
    BundleFault  Something is missing, cut short or not what was written.
    """
    total, done = (path.stat().st_size if path.is_file() else 0), 0
    found: list[Member] = []
    manifest: Manifest | None = None
    with opened(path) as members:
        for name, content, size in members:
            if name == MANIFEST:
                manifest = _manifest(path, content.read(_LARGEST))
                continue
            if not found and name != HEAD:
                raise BundleFault(f"{path}: is not a backup of agro (its first file is {name!r})")
            digest = sha256()
            while piece := content.read(_PIECE):
                digest.update(piece)
                done += len(piece)
            found.append(Member(name, size, digest.hexdigest()))
            if told:
                told("checking the backup", done, total)
    if manifest is None:
        raise BundleFault(f"{path}: is cut short: it has no manifest; take another backup")
    _compare(path, manifest, found)
    return manifest


def _manifest(path: Path, text: bytes) -> Manifest:
    try:
        facts = json.loads(text)
        if facts.pop("format") != FORMAT:
            raise BundleFault(f"{path}: is of another version of agro; use that to restore it")
        members = tuple(Member(**member) for member in facts.pop("members"))
        return Manifest(**facts, members=members)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BundleFault(f"{path}: its manifest cannot be read ({error})") from error


def _compare(path: Path, manifest: Manifest, found: list[Member]) -> None:
    wanted = {member.name: member for member in manifest.members}
    for member in found:
        if wanted.pop(member.name, None) != member:
            told = f"{path}: {member.name} is not what was written (SHA-256)"
            raise BundleFault(f"{told}; take another backup, or use an older one")
    if wanted:
        raise BundleFault(f"{path}: {next(iter(wanted))} is missing; use another backup")
