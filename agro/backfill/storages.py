"""The configured server and its API keys, one for all applications or one for each."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Self

from agro.config import Settings
from sensors.backfill import Storage, check_key, check_url


class Storages:
    """The storages of the configured server, one for each API key; a context.

    Raises
    ------
    ValueError  The address or a key cannot be used: names the setting, shows no key.
    """

    def __init__(self, settings: Settings) -> None:
        self.url = _named("AGRO_TTS_URL", check_url, settings.tts_url) if settings.tts_url else ""
        self._keys = read_keys(settings)
        self._stack = ExitStack()
        self._open: dict[str, Storage] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def usable(self) -> bool:
        """Whether there is a server and a key to ask it with."""
        return bool(self.url and self._keys)

    def of(self, application: str) -> Storage | None:
        """The storage of an application; None without a server or a key for it."""
        names = (application, application.partition("@")[0], "")
        key = next((self._keys[name] for name in names if name in self._keys), "")
        if not self.url or not key:
            return None
        if key not in self._open:
            self._open[key] = self._stack.enter_context(Storage(self.url, key))
        return self._open[key]


def read_keys(settings: Settings) -> Mapping[str, str]:
    """Application → API key; "" stands for every other application.

    Raises
    ------
    ValueError  One cannot be used: names the setting, shows no key.
    """
    keys: dict[str, str] = {}
    if one := settings.tts_key.get_secret_value():
        keys[""] = _named("AGRO_TTS_KEY", check_key, one)
    parts = settings.tts_keys.get_secret_value().split(",")
    for place, part in enumerate(filter(None, map(str.strip, parts)), start=1):
        name, _, key = map(str.strip, part.partition("="))
        if not (name and key):
            line = f"AGRO_TTS_KEYS: part {place} is not application=key; write app=KEY,other=KEY"
            raise ValueError(line)
        keys[name] = _named(f"AGRO_TTS_KEYS: {name}", check_key, key)
    return keys


def _named(setting: str, check: Callable[[str], str], value: str) -> str:
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f"{setting}: {error}") from error
