"""Darkroom from Python over REST: `Client(url, token).send(library.get_image(id))`.

Calls are values, in `accounts`, `collections`, `datasets`, `library`, `organising`, `recipes`, `registry`, `reports`, `rules`, `storage`, `training`, `uploads` and `work`; a client of either colour sends them.
"""

from darkroom.client import (
    accounts,
    collections,
    datasets,
    library,
    organising,
    recipes,
    registry,
    reports,
    rules,
    storage,
    training,
    uploads,
    work,
)
from darkroom.client.clients import AsyncClient, Client
from darkroom.client.events import Happening
from darkroom.client.exchange import Answer, StaleError
from darkroom.client.sending import Sent

__all__ = [
    "Answer",
    "AsyncClient",
    "Client",
    "Happening",
    "Sent",
    "StaleError",
    "accounts",
    "collections",
    "datasets",
    "library",
    "organising",
    "recipes",
    "registry",
    "reports",
    "rules",
    "storage",
    "training",
    "uploads",
    "work",
]
