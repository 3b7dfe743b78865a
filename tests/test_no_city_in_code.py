"""No module, word or style of ours names a city: a city is its pack, a folder of plain files."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agro.config import settings
from agro.packs import available, read_pack

ROOT = Path(__file__).parents[1]
OURS = ("agro", "sensors", "models")
SUFFIXES = (".py", ".toml", ".css", ".html", ".js", ".csv", ".json", ".yaml", ".typ")
# Names of the cities' systems and quarters, which no file of a pack has as a name of its own.
ALSO = (
    *("OnDijon", "ProDij", "AgrOnov", "Divia", "Longvic", "Époisses", "Bourroches", "Åbo", "Turun"),
    *("Fontaine d’Ouche", "Fontaine d'Ouche", "Fontaine-d’Ouche", "Fontaine-d'Ouche", "Popăuți"),
    *("Domaine de la Cras", "Potager des Ducs", "Table des Ducs", "Kupittaa", "Ruissalo"),
)
# Sites that are called by what they are.
GENERIC = {"City control post", "Poste de pilotage"}


def _names() -> set[str]:
    """Cities, communes and sites of every pack, as they are written and as they are addressed."""
    names = set(ALSO)
    for slug in available():
        pack = read_pack(slug)
        names |= {slug, pack.city.name, pack.city.name.split()[0]}
        names |= {commune.name for commune in pack.communes}
        names |= {word for site in pack.sites for word in (site.name, site.slug)}
    return names - GENERIC - {"poste-de-pilotage"}


def _pattern() -> re.Pattern[str]:
    longest = sorted(_names(), key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)


def _files() -> Iterator[Path]:
    """Our files but the packs' own, of which `default.toml` is one."""
    packs = ROOT / "agro/packs"
    for path in (ROOT / "streamlit_app.py", *(p for o in OURS for p in (ROOT / o).rglob("*"))):
        of_a_pack = path.is_relative_to(packs) and path.suffix != ".py"
        if path.suffix in SUFFIXES and path.is_file() and not of_a_pack:
            yield path


def _found(paths: Iterator[Path]) -> list[str]:
    pattern = _pattern()
    return [
        f"{path.relative_to(ROOT)}:{number}: {hit.group()!r} in {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if (hit := pattern.search(line))
    ]


def test_no_module_names_a_city() -> None:
    """Another city loads without a change of code, words or tables."""
    assert not (found := _found(_files())), "\n".join(found)


def test_the_search_knows_the_cities_it_looks_for() -> None:
    assert {"dijon", "turku", "botosani", "Botoșani", "Quetigny", "Talant", "OnDijon"} <= _names()
    assert len({path.suffix for path in _files()}) >= 4


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('city = "dijon"', "dijon"),
        ("# the lights of DIJON", "DIJON"),
        ("Fontaine-lès-Dijon", "Fontaine-lès-Dijon"),
        ("site = 'potager-des-ducs'", "potager-des-ducs"),
        ("dijonnaise, a mustard", None),
        ("a turkuoise", None),
        ("the control post of a city", None),
    ],
)
def test_a_city_is_found_where_it_is_named(line: str, named: str | None) -> None:
    hit = _pattern().search(line)
    assert (hit.group() if hit else None) == named


def test_the_first_city_is_a_file_of_the_packs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`agro.toml` outranks it, the environment outranks both."""
    monkeypatch.delenv("AGRO_CITY", raising=False)
    monkeypatch.chdir(tmp_path)
    assert settings().city == "dijon"
    (tmp_path / "agro.toml").write_text('city = "turku"\nport = 8600\n')
    assert (settings().city, settings().port) == ("turku", 8600)
    monkeypatch.setenv("AGRO_CITY", "botosani")
    assert (settings().city, settings().port) == ("botosani", 8600)
