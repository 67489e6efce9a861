"""Where roles and rules can hold: everywhere, and in manual collections."""

from __future__ import annotations

from darkroom.access.permissions import PLACED, expand
from darkroom.domain.access import EVERYWHERE, collection_of, in_collection
from darkroom.errors import Error
from darkroom.store import Stores


def check_place(stores: Stores, domain: str, permission: str | None = None) -> None:
    """Return if something can be given or denied there and has an effect.

    Args:
        stores: knows the collections.
        domain: where.
        permission: of a rule; a role has some that hold in any place.

    Raises:
        Error: `invalid_parameter`, saying what is wrong with the place.
    """
    if domain == EVERYWHERE:
        return
    name = collection_of(domain)
    found = None if name is None else stores.collections.find(name)
    if found is None:
        raise Error(
            "invalid_parameter", f"domain: there is no place {domain!r}.", parameter="domain",
            remedy="Give `*` for everywhere, or `collection:` and the id of a collection.",
        )  # fmt: skip
    if found.kind == "smart":
        raise Error(
            "invalid_parameter", f"domain: {found.name} is a smart collection, which changes with its pictures.",
            parameter="domain", remedy="Name a collection that is filled by hand.",
        )  # fmt: skip
    if permission is not None and not set(expand(permission)) & set(PLACED):
        raise Error(
            "invalid_parameter", f"permission: no place decides about {permission}.", parameter="permission",
            remedy=f"In a collection, name one of {', '.join(PLACED)}; all others hold everywhere.",
        )  # fmt: skip


def named_in(stores: Stores, collection: str) -> str:
    """The roles and rules that hold in exactly this collection, in words; empty when there are none."""
    domain = in_collection(collection)
    roles, rules = stores.users.count_in(domain), stores.policies.count_in(domain)
    words = [
        f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in ((roles, "role"), (rules, "rule")) if count
    ]
    return " and ".join(words)
