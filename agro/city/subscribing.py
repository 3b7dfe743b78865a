"""Asking a context broker to notify us of everything that we know how to read.

References
----------
[1] ETSI GS CIM 009 V1.8.1 (2024), NGSI-LD API, 5.2.12 (Subscription), 6.10.3, 6.11.3.
"""

from typing import Any
from urllib.parse import urlsplit

import httpx

from agro.config import Settings
from agro.errors import AgroError
from sensors.feeds.ngsi_types import TYPES

ID = "urn:ngsi-ld:Subscription:agro:equipment"
_TIMEOUT_S = 20.0
_SHOWN = 200
_CONFLICT = 409


def subscription(notify: str, secret: str) -> dict[str, Any]:
    """The subscription to every type that we read, each change told in full."""
    authority = {"key": "Authorization", "value": f"Bearer {secret}"}
    endpoint = {"uri": notify, "accept": "application/json", "receiverInfo": [authority]}
    return {
        "id": ID,
        "type": "Subscription",
        "entities": [{"type": name} for name in TYPES],
        "notification": {"format": "normalized", "endpoint": endpoint},
    }


def subscribe(settings: Settings, notify: str) -> bool:
    """Subscribe at `AGRO_NGSI_LD_URL`; whether it is new (else it was brought up to date).

    Parameters
    ----------
    notify : Address under which the broker reaches our `/ngsi-ld/v1/notify`.

    Raises
    ------
    AgroError  A setting is missing, or the broker does not take it.
    """
    base, secret = settings.ngsi_ld_url.rstrip("/"), settings.ngsi_ld_secret.get_secret_value()
    if not base or not secret:
        raise AgroError("set AGRO_NGSI_LD_URL and AGRO_NGSI_LD_SECRET first")
    if urlsplit(notify).scheme not in ("http", "https"):
        raise AgroError(f"{notify!r} is no address; write https://…/ngsi-ld/v1/notify")
    headers = {"Content-Type": "application/json"}
    token = settings.ngsi_ld_token.get_secret_value()
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    tenant = settings.ngsi_ld_tenant
    headers |= {"NGSILD-Tenant": tenant} if tenant else {}
    wanted, where = subscription(notify, secret), f"{base}/ngsi-ld/v1/subscriptions"
    try:
        with httpx.Client(headers=headers, timeout=_TIMEOUT_S) as client:
            answer = client.post(where, json=wanted)
            is_new = answer.status_code != _CONFLICT
            if not is_new:
                part = {name: wanted[name] for name in ("entities", "notification")}
                answer = client.patch(f"{where}/{ID}", json={"type": "Subscription", **part})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise AgroError(f"{where}: {error or type(error).__name__}; is the broker up?") from error
    if not answer.is_success:
        told = answer.text[:_SHOWN].replace("\n", " ")
        raise AgroError(f"{where}: HTTP {answer.status_code}, {told}; see AGRO_NGSI_LD_TOKEN")
    return is_new
