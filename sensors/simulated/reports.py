"""What citizens might report in a season: the answer of a GeoReport v2 server, invented."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, pi, radians, sin

_METRES_PER_DEGREE = 111_195.0
_NEAR_M, _TOWN_M = (20.0, 400.0), (100.0, 1500.0)  # around a garden; around a commune's centre
_DAYS_TO_SETTLE = (0.3, 12.0)
_NEAR_SHARE, _SETTLED_SHARE = 0.35, 0.6

# Kind: what is said of it, and what is answered once it is settled.
_SAID: Mapping[str, Mapping[str, tuple[Sequence[str], str]]] = {
    "fr": {
        "lighting": (("Lampadaire éteint depuis trois jours.", "La lampe clignote."), "Réparé."),
        "waste": (("Cartons et gravats au pied du mur.", "Un matelas sur le trottoir."), "Enlevé."),
        "water_leak": (("La borne coule sans arrêt.",), "Joint changé."),
        "garden_damage": (("La clôture est ouverte côté rue.", "Portillon forcé."), "Réparé."),
        "tree": (("Branche cassée au-dessus du passage.",), "Branche coupée."),
        "road": (("Un trou devant l’entrée.", "Dalle descellée."), "Rebouché."),
        "food_help": (("Demande transmise par l’accueil du quartier.",), "Pris en charge."),
        "isolated_person": (("Demande transmise par un voisin.",), "Visite faite."),
    },
    "en": {
        "lighting": (("Street light out for three days.", "The lamp flickers."), "Mended."),
        "waste": (("Boxes and rubble beside the wall.", "A mattress in the street."), "Removed."),
        "water_leak": (("The hydrant runs without end.",), "Seal replaced."),
        "garden_damage": (("The fence is open on the street.", "The gate was forced."), "Mended."),
        "tree": (("A broken branch above the path.",), "Branch cut."),
        "road": (("A hole before the entrance.", "A loose slab."), "Filled."),
        "food_help": (("Request passed on by the district's desk.",), "Taken care of."),
        "isolated_person": (("Request passed on by a neighbour.",), "Visited."),
    },
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A garden or the centre of a commune, and how much happens there beside the others."""

    latitude: float
    longitude: float
    weight: float = 1.0


def answer(
    kinds: Mapping[str, str],
    gardens: Sequence[Spot],
    communes: Sequence[Spot],
    *,
    language: str,
    count: int,
    days: int,
    until: datetime,
    seed: int,
) -> bytes:
    """So many reports of the last days, the same for the same arguments.

    Parameters
    ----------
    kinds : code of a service → its name; kinds of which nothing is known to say are left out.
    gardens, communes : where things are reported.
    language : fr, or any other for English.
    """
    rng = random.Random(seed)
    said = _SAID["fr" if language == "fr" else "en"]
    codes = [code for code in kinds if code in said]
    if not codes or not communes:
        return b"[]"
    listed = []
    for number in range(1, count + 1):
        code = codes[number % len(codes)]
        at = until - timedelta(days=days * rng.random() ** 1.5)
        near = gardens and rng.random() < _NEAR_SHARE
        spots, reach = (gardens, _NEAR_M) if near else (communes, _TOWN_M)
        spot = rng.choices(spots, [one.weight for one in spots])[0]
        latitude, longitude = _beside(rng, spot, reach)
        texts, settled = said[code]
        listed.append(
            {
                "service_request_id": f"S-{number:04d}",
                "service_code": code,
                "service_name": kinds[code],
                "description": rng.choice(texts),
                "requested_datetime": _time(at),
                "lat": round(latitude, 6),
                "long": round(longitude, 6),
                **_status(rng, at, until, settled),
            }
        )
    return json.dumps(listed, ensure_ascii=False).encode()


def _status(rng: random.Random, at: datetime, until: datetime, settled: str) -> dict[str, str]:
    done = at + timedelta(days=rng.uniform(*_DAYS_TO_SETTLE))
    if rng.random() < _SETTLED_SHARE and done < until:
        return {"status": "closed", "status_notes": settled, "updated_datetime": _time(done)}
    return {"status": "open", "updated_datetime": _time(at)}


def _beside(rng: random.Random, spot: Spot, reach: tuple[float, float]) -> tuple[float, float]:
    far, angle = rng.uniform(*reach) / _METRES_PER_DEGREE, rng.uniform(0.0, 2.0 * pi)
    east = far * sin(angle) / cos(radians(spot.latitude))
    return spot.latitude + far * cos(angle), spot.longitude + east


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
