"""Settings from the environment (`AGRO_…`) or `agro.toml`, and the one clock of the application."""

import os
from collections.abc import Hashable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode, urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

_DEFAULTS = Path(__file__).parent / "packs" / "default.toml"  # which city, when nobody says


class Settings(BaseSettings):
    """What an operator may set; each field is `AGRO_<NAME>` in the environment."""

    model_config = SettingsConfigDict(
        env_prefix="AGRO_",
        toml_file=(_DEFAULTS, "agro.toml"),  # the later one outranks
        extra="ignore",
        str_strip_whitespace=True,
    )

    var: Path = Path("var")
    database_url: str = ""
    broker_url: str = ""
    broker_ca: str = ""
    broker_cert: str = ""
    broker_key: str = ""
    city: str = ""  # a pack's name or folder; the packs' own `default.toml` names the first
    notify_private: bool = False  # whether subscribers may stand in our own network
    mail_url: SecretStr = SecretStr("")  # of alerts: mailtos://user:password@host?from=sender
    api_key: SecretStr = SecretStr("")  # of who may write by HTTP; empty: nobody may
    public_url: str = ""  # under which the public reaches us; empty: as each asks
    host: str = "127.0.0.1"  # where the pages are served; another address needs accounts
    port: int = Field(default=8501, ge=0, le=65535)
    oidc_metadata_url: str = ""  # of who vouches for people: …/.well-known/openid-configuration
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_cookie_secret: SecretStr = SecretStr("")  # empty: another one at each start
    oidc_name: str = "OpenID Connect"  # what the provider is called on the button
    session_days: int = Field(default=30, ge=1, le=365)  # until one signs in again
    api_rate: int = Field(default=600, ge=1)  # requests a minute of one address
    upload_mb: int = Field(default=20, ge=1, le=200)  # of a file that a page takes
    mqtt_port: int = Field(default=1883, ge=0, le=65535)
    mqtt_share: str = ""
    device_rate: float = Field(default=120.0, gt=0)  # messages a minute, over each stated hour
    tts_url: str = ""
    tts_key: SecretStr = SecretStr("")
    tts_keys: SecretStr = SecretStr("")
    advice_every: float = Field(default=900.0, gt=0)
    weather: Literal["none", "open-meteo"] = "none"  # nobody outside is asked without consent
    open_meteo_url: str = ""
    open_meteo_key: SecretStr = SecretStr("")
    meteo_france_url: str = ""
    meteo_france_key: SecretStr = SecretStr("")
    drought_orders: Literal["none", "vigieau"] = "none"
    vigieau_url: str = ""
    rivers: str = ""  # Hub'Eau stations, codes with commas between
    water_tables: str = ""  # wells of the national bank, BSS codes with commas between
    hubeau_url: str = ""
    air: Literal["none", "atmo"] = "none"
    atmo_url: str = ""
    ngsi_ld_secret: SecretStr = SecretStr("")  # what the city's broker shows when it notifies
    ngsi_ld_url: str = ""  # the city's context broker, to be asked and subscribed to
    ngsi_ld_token: SecretStr = SecretStr("")
    ngsi_ld_tenant: str = ""
    sensor_things_url: str = ""  # the city's SensorThings server, up to /v1.1
    car_parks_url: str = ""  # a portal's data set (Explore v2.1), up to its name
    car_parks_key: SecretStr = SecretStr("")
    transit_positions_url: SecretStr = SecretStr("")  # GTFS Realtime; a key may stand in its query
    transit_trips_url: SecretStr = SecretStr("")
    transit_alerts_url: SecretStr = SecretStr("")
    city_every: float = Field(default=300.0, ge=30)  # seconds
    city_licence: str = ""  # under which the city's own systems are used
    feed_every: float = Field(default=3600.0, ge=60)  # seconds
    open311_url: str = ""  # where another system tells of its reports
    open311_key: SecretStr = SecretStr("")
    open311_jurisdiction: str = ""
    open311_format: Literal["json", "xml"] = "json"
    open311_licence: str = ""
    # Whether reports that came to us are handed on there: without contact data, or with them.
    open311_forward: Literal["none", "reports", "contacts"] = "none"
    report_keys: SecretStr = SecretStr("")  # of those who may post reports; empty: anybody may
    report_rate: float = Field(default=20.0, gt=0)  # reports an hour of one address or key
    report_contact_days: int = Field(default=90, ge=1, le=365)
    keep_months: int = Field(default=0, ge=0)  # 0: the database keeps every month
    audit_months: int = Field(default=0, ge=0)  # 0: who wrote what is kept for ever
    # What counts as local, by the definitions of ma-cantine; KM is a distance in km.
    local: Literal["PAT", "COMMUNE", "DEPARTEMENT", "REGION", "KM"] = "KM"
    local_km: float = Field(default=30.0, gt=0)
    clock: str = ""
    log: Literal["text", "json"] = "text"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library names it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment outranks `agro.toml`, which outranks the defaults."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def database(self) -> str:
        """The database URL; embedded SQLite under `var/` unless set."""
        return self.database_url or f"sqlite:///{(self.var / 'agro.sqlite').as_posix()}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the pages."""
        try:
            return ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def has_provider(self) -> bool:
        """Whether an OpenID Connect provider vouches for people: all that it takes is set."""
        told = (self.oidc_metadata_url, self.oidc_client_id, self.oidc_client_secret)
        return all(map(bool, told))

    @property
    def origin(self) -> str:
        """Scheme, host and port under which people reach the pages."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else self.own_address

    @property
    def own_address(self) -> str:
        """Where the pages answer on this machine."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - any
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def broker(self) -> str:
        """The broker URL; this machine's unless set. The files of TLS are its query."""
        url = self.broker_url or f"mqtt://127.0.0.1:{self.mqtt_port}"
        files = {"ca": self.broker_ca, "cert": self.broker_cert, "key": self.broker_key}
        query = urlencode({name: file for name, file in files.items() if file})
        if not query or not url.lower().startswith("mqtts:"):
            return url
        return f"{url}{'&' if '?' in url else '?'}{query}"


def settings() -> Settings:
    """The settings as they stand now: read again when the environment or `agro.toml` changes.

    Pages ask dozens of times in one run, and reading takes 3 ms.
    """
    return _read(_said())


def _said() -> Hashable:
    """All that settings come from, to tell a change by."""
    file: tuple[int, int, int] | None = None
    with suppress(OSError):
        own = Path("agro.toml").stat()
        file = (own.st_mtime_ns, own.st_size, own.st_ino)
    told = [one for one in os.environ.items() if one[0].upper().startswith("AGRO_")]
    return str(Path.cwd()), file, tuple(told)


@lru_cache(maxsize=4)
def _read(_said: Hashable) -> Settings:
    return Settings()


@cache
def _clock_offset(clock: str) -> timedelta:
    """`2026-07-20T05:00:00Z@1795500000` started its simulated time at that epoch second."""
    simulated, _, started = clock.partition("@")
    return datetime.fromisoformat(simulated) - datetime.fromtimestamp(float(started), UTC)


def now() -> datetime:
    """The application's clock, aware UTC; a demo's season runs at another date (`AGRO_CLOCK`)."""
    real = datetime.now(UTC)
    clock = settings().clock
    return real + _clock_offset(clock) if clock else real


def clock_is_simulated() -> bool:
    """Whether `now()` is a demo's clock, so that pages can say so."""
    return bool(settings().clock)
