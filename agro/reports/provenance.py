"""Which programs counted: a report names them, so that its figures can be found again."""

from importlib.metadata import version

COUNTED_WITH = ("agro", "numpy", "scipy", "typst")


def versions() -> dict[str, str]:
    """The version of the program and of the libraries that a report rests on."""
    return {name: version(name) for name in COUNTED_WITH}
