"""Files that were made to break whoever reads them: each is refused in a line, soon and cheaply."""

import gzip
import io
import random
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import openpyxl
import pytest

from agro.errors import BadInput
from agro.logbook.faults import not_read
from agro.sheets import MOST_COLUMNS, sheet_of
from agro.trials.table import read_table
from agro.words import LANGUAGES, say
from agro.words.imports import file_sentence

_MB = 1_000_000
_SOON_S = 20.0  # of this process' own time, on a machine that does other things too
_SHEET = "xl/worksheets/sheet1.xml"
_INDEX = "xl/workbook.xml"
_XML = b'<?xml version="1.0"?>'
_LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (n, (b"&l%d;" % (n - 1)) * 10 if n else b"lol") for n in range(10)
)


@dataclass(frozen=True)
class Bomb:
    """A file, and the code by which a page says what is wrong with it."""

    body: Callable[[], bytes]
    code: str


def _book() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["date", "type", "notes"])
    book.active.append(["2026-07-20", "harvest", "tomates"])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _with(part: str, body: bytes) -> bytes:
    """The workbook with another part in place of one of its own."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_book())) as book:
        parts = {name: book.read(name) for name in book.namelist()} | {part: body}
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return written.getvalue()


def _far_row() -> bytes:
    return (
        _XML + b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData></worksheet>'
    )


def _lying() -> bytes:
    """A workbook whose sheet says that it is of ten bytes; it is of many more."""
    body = bytearray(_with(_SHEET, b" " * (2 * _MB)))
    at = body.rindex(_SHEET.encode()) - 46 + 24  # of the directory: the size when unpacked
    body[at : at + 4] = (10).to_bytes(4, "little")
    return bytes(body)


BOMBS = {
    "gzip": Bomb(lambda: gzip.compress(bytes(300 * _MB), 1), "unpacked"),
    "xlsx, a long sheet": Bomb(lambda: _with(_SHEET, bytes(300 * _MB)), "unpacked"),
    "xlsx, a long part": Bomb(lambda: _with("xl/media/image1.png", bytes(300 * _MB)), "unpacked"),
    "xlsx, entities": Bomb(
        lambda: _with(_SHEET, _XML + b"<!DOCTYPE w [%s]><w>&l9;</w>" % _LAUGHS), "no_workbook"
    ),
    "xlsx, entities of its index": Bomb(
        lambda: _with(_INDEX, _XML + b"<!DOCTYPE w [%s]><w>&l9;</w>" % _LAUGHS), "no_workbook"
    ),
    "xlsx, a file of the machine": Bomb(
        lambda: _with(
            _SHEET, _XML + b'<!DOCTYPE w [<!ENTITY f SYSTEM "file:///etc/passwd">]><w>&f;</w>'
        ),
        "no_workbook",
    ),
    "xlsx, a row far below": Bomb(lambda: _with(_SHEET, _far_row()), "long"),
    "xlsx, a size that is not so": Bomb(_lying, "no_workbook"),
    "xlsx, no XML": Bomb(lambda: _with(_SHEET, b"<worksheet"), "no_workbook"),
    "zip of nothing": Bomb(lambda: b"PK\x03\x04" + bytes(60), "no_workbook"),
    "a million columns": Bomb(lambda: b"date," * 1_000_000 + b"\n1\n", "wide"),
    "a million empty columns": Bomb(lambda: b"date" + b"," * 1_000_000 + b"\n1\n", "wide"),
    "a million cells in a row": Bomb(lambda: b"date,type\n" + b"1," * 1_000_000 + b"\n", "wide"),
    "ten million rows": Bomb(lambda: b"date\n" + b"1\n" * 10_000_000, "long"),
    "ten million empty rows": Bomb(lambda: b"date\n" + b"\r" * 10_000_000, "long"),
    "a cell of megabytes": Bomb(lambda: b"date\n" + b"1" * (5 * _MB) + b"\n", "no_table"),
    "nothing but quotes": Bomb(lambda: b'date\n"' + b'"' * (5 * _MB), "no_table"),
}


def _spent(do: Callable[[], object]) -> tuple[float, int]:
    """Seconds of this process and bytes of Python's memory that were used at most."""
    tracemalloc.start()
    started = time.process_time()
    try:
        do()
    finally:
        spent = time.process_time() - started
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return spent, most


@pytest.mark.parametrize("name", list(BOMBS))
def test_a_bomb_is_a_sentence(name: str) -> None:
    bomb = BOMBS[name]
    body = bomb.body()
    refused: list[BadInput] = []

    def read() -> None:
        with pytest.raises(BadInput, match=r"^juillet: ") as told:
            sheet_of(body, "juillet")
        refused.append(told.value)

    spent, most = _spent(read)
    assert spent < _SOON_S
    assert most < 300 * _MB
    (line,) = refused[0].lines
    assert len(line) < 400
    assert "root:" not in line
    fault = not_read("juillet", line)
    assert fault.code == bomb.code
    said = {file_sentence(say(language), fault.code, fault.facts) for language in LANGUAGES}
    assert len(said) == len(LANGUAGES)
    assert "{" not in "".join(said)


@pytest.mark.parametrize("name", list(BOMBS))
def test_a_trial_s_table_is_no_way_round(name: str) -> None:
    body = BOMBS[name].body()

    def read() -> None:
        with pytest.raises(BadInput, match=r"^essai: "):
            read_table(body, "essai", ("plot", "yield"))

    if name in ("a cell of megabytes", "nothing but quotes"):
        read = lambda: _either(body)  # noqa: E731 - told apart by name alone
    spent, most = _spent(read)
    assert spent < _SOON_S
    assert most < 300 * _MB


def _either(body: bytes) -> None:
    """A table of one wrong cell, or none: what is asked is that it ends."""
    try:
        read_table(body, "essai", ("plot", "yield"))
    except BadInput as error:
        assert error.lines[0].startswith("essai: ")


def test_what_people_send_is_read() -> None:
    wide = ",".join(f"c{n}" for n in range(MOST_COLUMNS))
    sheet = sheet_of(f"{wide}\n{wide}\n".encode(), "large.csv")
    assert len(sheet.header) == MOST_COLUMNS
    packed = gzip.compress(b"date,type\n2026-07-20,harvest\n")
    assert sheet_of(packed, "a.csv.gz").header == ["date", "type"]
    assert sheet_of(_book(), "a.xlsx").cells["notes"].tolist() == ["tomates"]


def test_a_damaged_workbook_is_read_or_refused() -> None:
    """Never anything else, whichever bytes of it are wrong."""
    whole, chance = _book(), random.Random(20260720)
    refused = 0
    for _ in range(300):
        body = bytearray(whole)
        for _ in range(chance.choice((1, 5, 40))):
            body[chance.randrange(4, len(body))] = chance.randrange(256)
        try:
            sheet_of(bytes(body[: chance.choice((len(body), chance.randrange(5, len(body))))]), "a")
        except BadInput as error:
            refused += 1
            assert len(error.lines) == 1
    assert refused > 100
