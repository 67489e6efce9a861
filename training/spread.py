"""Many small pieces of work over a Ray cluster: results as they are ready, and a machine that dies costs its pieces alone."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

from training.cluster import cluster

Piece = TypeVar("Piece")
Result = TypeVar("Result")

# Beside those at work, so that no processor waits for the next one.
_AHEAD = 2
# A process may have been killed by somebody else; a piece that kills two has probably done it itself.
_TRIES = 2
_LOOK_SECONDS = 0.25
# Of a machine's memory: a piece that needs more than all of it would wait for ever.
_SHARE = 0.8


def spread(
    do: Callable[[Piece], Result],
    pieces: Iterator[Piece],
    *,
    address: str,
    lost: Callable[[Piece, str], Result],
    megabytes: Callable[[Piece], float],
) -> Generator[Result | None, None, None]:
    """Results in no order; None now and then while there is nothing to tell. Closing it cancels what is at work.

    Args:
        do: deals with a piece, in a process of the cluster; it is sent there once, and must not raise.
        pieces: taken only as processors become free.
        address: of the cluster.
        lost: what is told of a piece whose process died each time it was tried.
        megabytes: memory that a piece needs; the cluster runs side by side what fits.

    Raises:
        Error: `training_cluster_lost`, the cluster does not answer.
    """
    import ray

    with cluster(address, 1) as there:
        task = ray.remote(num_cpus=1, max_retries=_TRIES - 1)(_called)
        sent = ray.put(do)
        most = _SHARE * min((one["Resources"].get("memory", 0.0) for one in ray.nodes() if one["Alive"]), default=0.0)
        at_work: dict[Any, Piece] = {}
        more = True
        try:
            while more or at_work:
                while more and len(at_work) < _AHEAD + int(there.get("CPU", 1)):
                    piece = next(pieces, None)
                    if piece is None:
                        more = False
                        break
                    need = min(megabytes(piece) * 1e6, most)
                    at_work[task.options(memory=int(need)).remote(sent, piece)] = piece
                ready, _ = ray.wait(list(at_work), timeout=_LOOK_SECONDS) if at_work else ([], [])
                for one in ready:
                    yield _found(one, at_work.pop(one), lost)
                if not ready and at_work:
                    yield None
        finally:
            for one in at_work:
                ray.cancel(one, force=True)


def _called(do: Callable[[Piece], Result], piece: Piece) -> Result:
    return do(piece)


def _found(ready: Any, piece: Piece, lost: Callable[[Piece, str], Result]) -> Result:
    import ray

    try:
        found: Result = ray.get(ready)
    except ray.exceptions.RayError as error:
        return lost(piece, f"{type(error).__name__}: {str(error).splitlines()[0]}")
    return found
