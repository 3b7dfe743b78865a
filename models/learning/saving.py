"""Learned models as bytes that can be read back without running what a stranger put in them.

References
----------
[1] skops, secure persistence of scikit-learn models. https://skops.readthedocs.io
"""

import hashlib
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from zipfile import BadZipFile

import numpy as np
import sklearn
import skops
import skops.io
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Card:
    """What a saved model says of itself.

    Attributes
    ----------
    name : What it forecasts.
    winner : The candidate that was best out of sample.
    data_hash : Of all it was fitted on.
    first_day, last_day : ISO dates of the data.
    rows : Values it was fitted on.
    scores : Candidate → out-of-sample score.
    versions : What wrote it.
    held_out : Of what was judged → one row for each horizon: `days`, `n`, and the error of each
        candidate out of sample.
    """

    name: str
    winner: str
    data_hash: str
    first_day: str
    last_day: str
    rows: int
    scores: dict[str, float]
    versions: dict[str, str]
    held_out: dict[str, list[dict[str, float]]] = field(default_factory=dict)


def versions() -> dict[str, str]:
    """Of everything that a saved model depends on."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "skops": skops.__version__,
    }


def data_hash(arrays: Iterable[NDArray[Any]]) -> str:
    """SHA-256 of the values, their shapes and types."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.shape}{array.dtype}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def packed(model: object, card: Card) -> bytes:
    """Model and card as bytes."""
    return bytes(skops.io.dumps({"card": asdict(card), "model": model}))


def unpacked(body: bytes, *, trusted: Sequence[str]) -> tuple[Any, Card]:
    """Model and card of these bytes.

    Parameters
    ----------
    trusted : Full names of the types it may hold, beside those that skops trusts [1].

    Raises
    ------
    ValueError  It holds another type, or is no saved model.
    """
    try:
        held = skops.io.get_untrusted_types(data=body)
    except BadZipFile as error:
        raise ValueError("these bytes are no saved model; train again") from error
    strange = sorted(set(held) - set(trusted))
    if strange:
        raise ValueError(f"the saved model holds {', '.join(strange)}, which is not trusted")
    found = skops.io.loads(body, trusted=list(trusted))
    return found["model"], Card(**found["card"])
