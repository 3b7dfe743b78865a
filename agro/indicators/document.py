"""A YAML document with the lines its entries stand on, and what is wrong with it."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from agro.errors import BadInput
from agro.packs.faults import said, shown

_Row = TypeVar("_Row", bound=BaseModel)
_BIGGEST = 50_000_000  # bytes of a book; a longer one is no book
_GREATEST = sys.float_info.max


@dataclass(slots=True)
class Document:
    """A document being read. `lines` by path; `faults` end with what to do, `notes` do not fail."""

    file: str
    content: Mapping[str, Any]
    lines: Mapping[str, int]
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def line(self, path: str) -> int:
        """The line a path stands on; 0 where there is none."""
        return self.lines.get(path, 0)

    def fault(self, path: str, told: str) -> None:
        """Keep a fault: `book.yaml, line 38: harvests[2].kg 'x' is not a number; …`."""
        self.faults.append(f"{self.file}, line {self.line(_known(path, self.lines))}: {path}{told}")

    def section(self, name: str) -> Any:
        """What stands under a name; None where nothing does."""
        self.used.add(name)
        return self.content.get(name)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """A section of names and values; empty where there is none or it is something else."""
        found = self.section(name)
        if found is None:
            return {}
        if isinstance(found, Mapping):
            return {str(key): value for key, value in found.items()}
        self.fault(name, f" {shown(found)} is not names with values; write them as name: value")
        return {}

    def entries(self, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Path and content of each entry of a list, or of the one entry there is."""
        found = self.section(name)
        if isinstance(found, Mapping):
            yield name, found
            return
        if found is None:
            return
        if not isinstance(found, list):
            self.fault(name, f" {shown(found)} is not a list; begin each entry with - ")
            return
        for place, entry in enumerate(found):
            path = f"{name}[{place}]"
            if isinstance(entry, Mapping):
                yield path, entry
            else:
                self.fault(path, f" {shown(entry)} is not an entry; write its names and values")

    def row(self, path: str, entry: Mapping[str, Any], kind: type[_Row]) -> _Row | None:
        """An entry as a checked row; None where it cannot be used, which is told."""
        try:
            return kind.model_validate({str(key): value for key, value in entry.items()})
        except ValidationError as error:
            for wrong in error.errors():
                self.fault(path, _joined(said(wrong)))
            return None

    def lenient(self, path: str, entry: Mapping[str, Any], kind: type[_Row]) -> _Row | None:
        """As `row`; a wrong field that may be missing is told and taken as missing."""
        try:
            return kind.model_validate({str(key): value for key, value in entry.items()})
        except ValidationError as error:
            wrong = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
            for one in error.errors():
                self.fault(path, _joined(said(one)))
            kept = {str(key): value for key, value in entry.items() if str(key) not in wrong}
        try:
            return kind.model_validate(kept)
        except ValidationError:
            return None

    def numbers(self, name: str, *, least: float = 0.0) -> dict[str, float]:
        """A section of names and numbers; what is none is told and left out."""
        found: dict[str, float] = {}
        for key, value in self.mapping(name).items():
            number = self.number(f"{name}.{key}", value, least=least)
            if number is not None:
                found[key] = number
        return found

    def number(self, path: str, value: Any, *, least: float = 0.0) -> float | None:
        """A number; None where it is missing, or is none, which is told."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
            self.fault(path, f" {shown(value)} is not a number; write it as 12.5, with a point")
            return None
        if not least <= value <= _GREATEST:
            self.fault(path, f" {shown(value)} must be at least {least:g}; correct it")
            return None
        return float(value)


def read_document(file: Path) -> Document:
    """A YAML file.

    Raises
    ------
    BadInput  It cannot be read, is no YAML, or holds no names with values.
    """
    try:
        if file.stat().st_size > _BIGGEST:
            raise BadInput([f"{file}: is larger than 50 MB; divide the book by years"])
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise BadInput([f"{file}: does not exist; give the path of a farm book"]) from error
    except UnicodeDecodeError as error:
        line = f"{file}: byte {error.start} is not UTF-8; save the file as UTF-8"
        raise BadInput([line]) from error
    except OSError as error:
        raise BadInput([f"{file}: cannot be read: {error.strerror}; give a file"]) from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadInput([f"{file}: is not YAML: {_first(error)}; correct it"]) from error
    if not isinstance(content, Mapping) or node is None:
        raise BadInput([f"{file}: holds no names with values; begin with period:"])
    lines: dict[str, int] = {}
    twice = list(_walk(node, "", lines, set()))
    document = Document(str(file), {str(k): v for k, v in content.items()}, lines)
    for path in twice:
        document.fault(path, " stands twice, and the last one is used; keep one")
    return document


def _walk(node: yaml.Node, path: str, lines: dict[str, int], walked: set[int]) -> Iterator[str]:
    """Note the line of each path, of what is referred to once; give names that stand twice."""
    lines[path] = node.start_mark.line + 1
    if id(node) in walked:
        return
    walked.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for place, child in enumerate(node.value):
            yield from _walk(child, f"{path}[{place}]", lines, walked)
    elif isinstance(node, yaml.MappingNode):
        seen = set[str]()
        for name, child in node.value:
            here = f"{path}.{name.value}" if path else str(name.value)
            if here in seen:
                yield here
            seen.add(here)
            yield from _walk(child, here, lines, walked)
            lines[here] = name.start_mark.line + 1


def _known(path: str, lines: Mapping[str, int]) -> str:
    """The longest beginning of a path that has a line."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return path


def _joined(told: str) -> str:
    """What is wrong, behind its path: a field is joined with a point, a sentence with a colon."""
    first = told.partition(" ")[0]
    plain = first.replace("_", "").replace(".", "")
    return f".{told}" if plain.isalnum() and first != "the" else f": {told}"


def _first(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
