"""All routes of open data, for the one server."""

from starlette.routing import Route

from agro.access.key_ring import KeyRing
from agro.publish.answers import Database
from agro.publish.data_routes import data_routes
from agro.publish.ngsi_routes import ngsi_routes
from agro.publish.subscription_routes import subscription_routes
from agro.publish.temporal_routes import temporal_routes


def publish_routes(database: Database, keys: KeyRing) -> list[Route]:
    """The routes of open data over this database; who shows one of `keys` may subscribe."""
    return [
        *ngsi_routes(database),
        *temporal_routes(database),
        *subscription_routes(database, keys),
        *data_routes(database),
    ]
