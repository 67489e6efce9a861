"""The library behind the routes: opened in the background, so that the web app starts while mongod still does."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import anyio

from darkroom import logs
from darkroom.api.staging import sweep_uploads
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.settings import Settings

_LOG = logs.get("darkroom.api")
_FIRST_WAIT = 0.25
_LONGEST_WAIT = 1.0
_PATIENCE = 3.0


def _is_used(library: Library, name: str) -> bool:
    """Whether a folder of the uploads belongs to a batch, or to an upload in parts, which has a time of its own."""
    return library.stores.batches.find(name) is not None or library.stores.uploads.find(name) is not None


class Backend:
    """Keeps one library for all requests of this process.

    Args:
        settings: where to open it.
        library: an open one to use instead; it stays the caller's to close.
    """

    def __init__(self, settings: Settings, library: Library | None = None) -> None:
        self.settings = settings
        self._library = library
        self._given = library is not None
        self._cause: Error | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._listening = False

    @property
    def opened(self) -> Library | None:
        """The library, or None while it is not open."""
        return self._library

    @property
    def cause(self) -> Error | None:
        """Why the last attempt to open it failed."""
        return self._cause

    def start(self) -> None:
        """Begin to open the library, unless that has begun already."""
        self._end_streams_on_signals()
        with self._lock:
            if self._library is None and self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._open, name="open-library", daemon=True)
                self._thread.start()

    def end_streams(self) -> None:
        """End live streams, which never end by themselves."""
        library = self._library
        if library is not None and "feed" in library.__dict__:
            library.feed.close()

    def stop(self) -> None:
        """End live streams and give connections back."""
        self._stop.set()
        self.end_streams()
        library = self._library
        if library is not None and not self._given:
            self._library = None
            library.close()

    def _end_streams_on_signals(self) -> None:
        """End live streams when the process is told to stop.

        A server waits for open requests before it ends the application, so that the application must not wait for it.
        The event loop's own handling goes on: it reads the signal from its wake-up pipe, not from this handler.
        """
        if self._listening or threading.current_thread() is not threading.main_thread():
            return
        self._listening = True
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.getsignal(number)
            if callable(before):
                signal.signal(number, partial(self._on_signal, before))

    def _on_signal(self, before: Callable[[int, FrameType | None], Any], number: int, frame: FrameType | None) -> None:
        # In a thread: the signal may have come while this one held a lock of the feed.
        threading.Thread(target=self.end_streams, name="end-streams", daemon=True).start()
        before(number, frame)

    async def library(self) -> Library:
        """The open library; waits a few seconds while it is being opened.

        Raises:
            Error: why it is not open, `database_unavailable` while that is not known yet.
        """
        self.start()
        end = time.monotonic() + _PATIENCE
        while self._library is None and time.monotonic() < end and not self._stop.is_set():
            if self._cause is not None and not self._cause.retryable:
                break
            await anyio.sleep(0.05)
        if self._library is not None:
            return self._library
        raise self._cause or Error("database_unavailable", "The library is still being opened.")

    def _open(self) -> None:
        wait = _FIRST_WAIT
        while not self._stop.is_set():
            try:
                library = Library.open(self.settings)
            except Error as error:
                if self._cause is None or self._cause.code != error.code:
                    _LOG.info("library_not_open", code=error.code, cause=error.cause)
                self._cause = error
                self._stop.wait(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
            else:
                self._library, self._cause = library, None
                _LOG.info("library_open")
                # Before anybody asks: after an update it takes minutes.
                library.stores.columns.warm()
                self._sweep(library)
                return

    def _sweep(self, library: Library) -> None:
        try:
            removed = sweep_uploads(self.settings.uploads, partial(_is_used, library))
        except (Error, OSError) as error:
            _LOG.warning("uploads_not_swept", cause=str(error))
        else:
            if removed:
                _LOG.info("uploads_swept", folders=len(removed))
