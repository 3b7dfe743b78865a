"""Pictures that people send: small ones are kept without their facts, bombs are not unpacked."""

import random
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from agro.dashboard.logbook_photo import MOST_MB, small

_MB = 1024 * 1024
_ORIENTATION, _GPS, _TURNED = 0x0112, 0x8825, 6


def _png(width: int, height: int, kind: int = 2) -> bytes:
    """A black PNG of any size, made without its pixels: 2 is of colours, 6 with transparency."""

    def chunk(name: bytes, body: bytes) -> bytes:
        told = struct.pack(">I", len(body)) + name + body
        return told + struct.pack(">I", zlib.crc32(name + body))

    packer = zlib.compressobj(9)
    row = bytes(1 + width * {0: 1, 2: 3, 6: 4}[kind])
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _jpeg(width: int, height: int, **more: object) -> bytes:
    written = BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(written, "JPEG", **more)
    return written.getvalue()


def _opened(body: bytes | None) -> Image.Image:
    assert body is not None
    return Image.open(BytesIO(body))


def test_a_picture_is_made_small_and_forgets_where_it_was_taken() -> None:
    facts = Image.Exif()
    facts[_ORIENTATION] = _TURNED
    facts[_GPS] = {1: "N", 2: (47.0, 19.0, 0.0)}
    body = small(_jpeg(2000, 1500, exif=facts, quality=70))
    kept = _opened(body)
    assert (kept.format, kept.size) == ("JPEG", (960, 1280))
    assert not dict(kept.getexif())
    assert b"Exif" not in (body or b"")


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16"])
def test_pictures_of_all_kinds(mode: str) -> None:
    written = BytesIO()
    Image.new(mode, (300, 200)).save(written, "PNG")
    assert _opened(small(written.getvalue())).size == (300, 200)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(_png(8_000, 9_000), id="of a quarter of a megabyte, a gigabyte"),
        pytest.param(_png(10_000, 9_500, 0), id="of which the library warns"),
        pytest.param(_png(20_000, 10_000, 0), id="which the library refuses"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(MOST_MB * _MB), id="too long"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="svg"),
        pytest.param(b"GIF89a" + bytes(50), id="gif"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="postscript"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_no_picture_of_a_bed(body: bytes) -> None:
    assert small(body) is None


def test_the_largest_picture_takes_little_memory(tmp_path: Path) -> None:
    """In a process of its own, whose greatest size is measured."""
    if not Path("/proc/self/status").is_file():
        pytest.skip("this system does not tell how large a process was")
    (tmp_path / "a.png").write_bytes(_png(6_000, 5_000, 6))
    program = f"""
import re
from pathlib import Path
from agro.dashboard.logbook_photo import small
def largest():
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
before = largest()
assert small(Path({str(tmp_path / "a.png")!r}).read_bytes())
print(largest() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert 0 < int(done.stdout) * 1024 < 400 * _MB


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_damaged_picture_is_kept_or_refused(kind: str) -> None:
    """Never anything else, whichever bytes of it are wrong."""
    written, chance = BytesIO(), random.Random(7)
    Image.effect_noise((90, 60), 50).convert("RGB").save(written, kind)
    whole = written.getvalue()
    for _ in range(300):
        body = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20))):
            body[chance.randrange(len(body))] = chance.randrange(256)
        kept = small(bytes(body[: chance.choice((len(body), chance.randrange(len(body))))]))
        assert kept is None or _opened(kept).format == "JPEG"
