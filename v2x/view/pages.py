"""The web server under the view: the page's own files, what stands still, and single frames. GET only, no state."""

from __future__ import annotations

import json
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from v2x.errors import RunError, V2xError
from v2x.view.feed import FrameNote, frame_row

Decode = Callable[[bytes], dict[str, Any]]

_ASSETS = Path(__file__).with_name("assets")
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
#: The page is all that the browser may load or talk to.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: Requests served at a time; more are hung up on. A browser needs two or three.
_MAX_CONNECTIONS = 64
#: A peer that neither reads nor writes for so long is hung up on, seconds.
_TIMEOUT_S = 10.0


class NotFoundError(LookupError):
    """There is nothing under that address (any more)."""


class PageServer(ABC):
    """Serves the page of one run; subclasses say where moments and frames come from.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes a free one.
    still
        What `v2x.view.feed.still` says.
    decode
        What the bytes of a frame say, as JSON.

    Raises
    ------
    RunError
        If it cannot listen there.
    """

    def __init__(self, host: str, port: int, still: Mapping[str, Any], decode: Decode) -> None:
        self._still, self._decode = still, decode
        try:
            self._http = _Http((host, port), self)
        except (OSError, OverflowError) as error:
            raise RunError(f"cannot serve a page at {host}:{port}: {error}") from error
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.1,), daemon=True, name="view")

    @property
    def url(self) -> str:
        """Address of the page."""
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}/"

    def start(self) -> None:
        """Serve from now on, in threads of its own."""
        self._thread.start()

    def close(self) -> None:
        """Serve no longer and give the port back; safe to call twice."""
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def answer(self, handler: PageHandler) -> None:
        """Answer a GET; `NotFoundError` for what there is not."""
        path = handler.path_only
        if path.startswith("/frame/"):
            number = path.removeprefix("/frame/")
            if not (number.isascii() and number.isdecimal() and len(number) <= 18):
                raise NotFoundError(path)
            handler.send_json(self._frame_json(int(number)))
        elif path == "/still":
            handler.send_json(self.about())
        else:
            self._send_asset(handler, "page.html" if path == "/" else path.removeprefix("/"))

    def about(self) -> dict[str, Any]:
        """What stands still, and how the page gets what moves: ``playback`` is null for a stream of events."""
        return {**self._still, "playback": None}

    @abstractmethod
    def frame(self, number: int) -> FrameNote:
        """The frame of a number; `NotFoundError` where it is not (any more) kept."""

    def _frame_json(self, number: int) -> dict[str, Any]:
        frame = self.frame(number)
        return {**frame_row(number, frame), "decoded": self._decode(frame.data), "hex": frame.data.hex()}

    @staticmethod
    def _send_asset(handler: PageHandler, name: str) -> None:
        files = {path.name: path for path in _ASSETS.iterdir() if path.suffix in _KINDS}
        if name not in files:
            raise NotFoundError(name)
        handler.send(f"{_KINDS[files[name].suffix]}; charset=utf-8", files[name].read_bytes())


class PageHandler(BaseHTTPRequestHandler):
    """One request."""

    timeout = _TIMEOUT_S
    server: _Http

    @property
    def path_only(self) -> str:
        """The path without the query."""
        return urlsplit(self.path).path

    def integer(self, name: str) -> int:
        """An integer of the query; ValueError if it is missing or none."""
        (text,) = parse_qs(urlsplit(self.path).query).get(name, [""])
        return int(text)

    def do_GET(self) -> None:
        """Answer, or say that there is nothing."""
        try:
            self.server.page.answer(self)
        except NotFoundError:
            self.send_error(HTTPStatus.NOT_FOUND)
        except V2xError:  # a run folder that was whole when it was opened
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)

    def send_json(self, value: object) -> None:
        """A JSON document."""
        self.send("application/json", json.dumps(value, ensure_ascii=False, allow_nan=False).encode())

    def send(self, kind: str, body: bytes) -> None:
        """A whole body."""
        self.send_head(kind, len(body))
        self.wfile.write(body)

    def send_head(self, kind: str, length: int | None = None) -> None:
        """Status and headers; without a length the body ends with the connection."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def end_headers(self) -> None:
        """Headers that every answer has, errors, too."""
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: a terminal is no access log."""


class _Http(ThreadingHTTPServer):
    """Threads, but not without end, and no word about peers that hang up."""

    daemon_threads = True
    request_queue_size = _MAX_CONNECTIONS

    def __init__(self, address: tuple[str, int], page: PageServer) -> None:
        self.page = page
        self._free = threading.BoundedSemaphore(_MAX_CONNECTIONS)
        super().__init__(address, PageHandler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve in a thread, or hang up where too many are busy."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one, then free its place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of an answer is nothing to report; our own mistakes are."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)
