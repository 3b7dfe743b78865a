"""Pictures of an entry: read within bounds, made small, without the place they were taken at."""

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

TYPES = ("jpg", "jpeg", "png", "webp")
MOST_MB = 5
_FORMATS = ("JPEG", "PNG", "WEBP")
_MOST_PIXELS = 80_000_000  # a phone's finest; more is a bomb
_SIDE = 1280  # enough to see a leaf's spots, some 200 kB
_QUALITY = 80


def small(body: bytes) -> bytes | None:
    """A picture as a small JPEG, the right way up; None when it is no picture we read.

    Nothing of the file but its pixels is kept: neither position nor phone nor hour.
    """
    if len(body) > MOST_MB * 1024 * 1024:
        return None
    try:
        with Image.open(BytesIO(body), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return None
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    upright.thumbnail((_SIDE, _SIDE))
    written = BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(
        written, "JPEG", quality=_QUALITY, optimize=True
    )
    return written.getvalue()
