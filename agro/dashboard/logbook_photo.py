"""Pictures of an entry: read within bounds, made small, without the place they were taken at."""

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

TYPES = ("jpg", "jpeg", "png", "webp")
MOST_MB = 5
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_FORMATS = ("JPEG", "PNG", "WEBP")
# More is a bomb: of a few hundred kilobytes it would make a gigabyte. A phone's finest picture is
# a JPEG, which is read at a fraction of its size; all pixels of the others are.
_MOST_PIXELS = {"JPEG": 80_000_000, "PNG": 30_000_000, "WEBP": 30_000_000}
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
            if picture.width * picture.height > _MOST_PIXELS[picture.format or ""]:
                return None
            upright = ImageOps.exif_transpose(_reduced(picture))
    except (UnidentifiedImageError, OSError, ValueError, *_BOMBS):
        return None
    written = BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(
        written, "JPEG", quality=_QUALITY, optimize=True
    )
    return written.getvalue()


def _reduced(picture: Image.Image) -> Image.Image:
    """The picture in colours, not larger than it is kept; it is made small as early as may be."""
    picture.draft("RGB", (_SIDE, _SIDE))  # of a JPEG: an eighth to the whole, while it is read
    if picture.mode in ("1", "P", "PA"):  # colours by number cannot be mixed
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    picture.thumbnail((_SIDE, _SIDE))
    return picture.convert("RGB")
