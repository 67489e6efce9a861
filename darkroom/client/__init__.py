"""Darkroom from Python over REST: `Client(url, token).send(library.get_image(id))`.

Calls are values, in `accounts`, `library`, `recipes` and `work`; a client of either colour sends them.
"""

from darkroom.client import accounts, library, recipes, work
from darkroom.client.clients import AsyncClient, Client
from darkroom.client.events import Happening
from darkroom.client.exchange import Answer, StaleError

__all__ = ["Answer", "AsyncClient", "Client", "Happening", "StaleError", "accounts", "library", "recipes", "work"]
