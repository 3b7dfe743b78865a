"""The language of an answer: any that has a catalogue."""

import typer


def known_language(language: str) -> str:
    """The language asked for.

    Raises
    ------
    typer.BadParameter  There is no catalogue of it.
    """
    from agro.words import LANGUAGES

    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language!r} is not one of {', '.join(LANGUAGES)}")
    return language
