"""The page of a run that goes on: what it serves, and that no browser can hold the run up."""

from __future__ import annotations

import json
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import IO, Any

import pytest
import view_kit

from v2x.errors import RunError
from v2x.messages.profile import get_profile
from v2x.view.feed import FrameNote, decoder, moment, still
from v2x.view.pages import PageHandler
from v2x.view.server import KEPT_FRAMES, ViewServer


@pytest.fixture
def server() -> Iterator[ViewServer]:
    with ViewServer("127.0.0.1", 0, still(None, [], "题"), decoder(get_profile("csae-a"))) as server:
        yield server


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def a_moment(t_ns: int, frames: int = 0, users: int = 1, kind: str = "SPAT") -> dict[str, Any]:
    notes = [FrameNote(t_ns, "pc5", kind, "RSU", view_kit.spat(0, "red", 10**9)) for _ in range(frames)]
    return moment(t_ns, view_kit.snapshot(t_ns, [f"car.{k:05d}" for k in range(users)]), [], notes)


def watch(server: ViewServer) -> IO[bytes]:
    stream: IO[bytes] = urllib.request.urlopen(server.url + "events", timeout=10)
    wait_for(lambda: server.watching)
    return stream


def events(stream: IO[bytes]) -> Iterator[tuple[str, Any]]:
    kind = ""
    for line in stream:
        name, _, rest = line.decode().rstrip("\n").partition(": ")
        if name == "event":
            kind = rest
        elif name == "data":
            yield kind, json.loads(rest)


def status_of(url: str, **options: Any) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, **options), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_the_page_and_all_that_it_loads_are_served_and_nothing_else_may_be(server: ViewServer) -> None:
    with urllib.request.urlopen(server.url, timeout=10) as answer:
        page, headers = answer.read().decode(), answer.headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "//" not in re.sub(r"<!doctype.*?>", "", page)  # nothing from elsewhere
    wanted = re.findall(r'(?:src|href)="([^":]+)"', page)
    assert {"view.js", "view.css"} <= set(wanted)
    while wanted:
        with urllib.request.urlopen(server.url + wanted.pop(), timeout=10) as answer:
            assert answer.headers["Content-Type"].startswith("text/")
            wanted += re.findall(r'from "\./(.+?)"', answer.read().decode())


@pytest.mark.parametrize(
    "path", ["nothing", "../server.py", "%2e%2e/server.py", "frame/", "frame/x", "frame/1", "moment"]
)
def test_unknown_paths_are_not_found(server: ViewServer, path: str) -> None:
    assert status_of(server.url + path) == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
def test_only_get_is_answered(server: ViewServer, method: str) -> None:
    assert status_of(server.url, method=method) == 501


def test_what_stands_still_is_served(server: ViewServer) -> None:
    told = view_kit.get(server.url, "still")
    assert told["title"] == "题" and told["playback"] is None


def test_moments_arrive_in_order_and_end_with_the_server(server: ViewServer) -> None:
    with watch(server) as stream:
        for t_ns in range(3):
            server.publish(a_moment(t_ns, frames=2))
        got = events(stream)
        first = [next(got) for _ in range(3)]
        server.close()
        rest = list(got)
    assert [(kind, told["t_ns"]) for kind, told in first] == [("moment", 0), ("moment", 1), ("moment", 2)]
    assert [row["n"] for _, told in first for row in told["frames"]] == [1, 2, 3, 4, 5, 6]
    assert rest == [("end", {})]
    assert server.lost == 0


def test_a_frame_is_decoded_by_its_number(server: ViewServer) -> None:
    server.publish(a_moment(5, frames=1))
    told = view_kit.get(server.url, "frame/1")
    assert told["hex"] == view_kit.spat(0, "red", 10**9).hex()
    assert (told["n"], told["t_ns"], told["station"], told["type"]) == (1, 5, "RSU", "SPAT")
    assert told["decoded"]["value"]["intersections"][0]["phases"]


def test_the_newest_frames_of_each_type_are_kept(server: ViewServer) -> None:
    server.publish(a_moment(0, frames=1, kind="MAP"))
    server.publish(a_moment(0, frames=KEPT_FRAMES + 1))
    assert view_kit.get(server.url, "frame/1")["type"] == "MAP"
    assert status_of(server.url + "frame/2") == 404
    assert view_kit.get(server.url, "frame/3")["n"] == 3


def test_a_stalled_browser_loses_moments_and_holds_nobody_up(
    server: ViewServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PageHandler, "timeout", 3.0)
    host, port = server.url.removeprefix("http://").rstrip("/").split(":")
    with socket.socket() as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect((host, int(port)))
        stalled.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: server.watching)
        large = a_moment(0, users=20_000)  # a megabyte: the buffers of the system hold a few of them
        took_s = []
        while server.lost <= 10 and len(took_s) < 60:
            begin = time.monotonic()
            server.publish(large)
            took_s.append(time.monotonic() - begin)
        assert server.lost > 10
        assert max(took_s) < 2.0  # one that waits for the browser takes three seconds
        wait_for(lambda: server.watching == 0)  # hung up on


def test_a_slow_browser_is_told_what_it_lost(server: ViewServer) -> None:
    with watch(server) as stream:
        large = a_moment(0, users=20_000)
        while not server.lost:
            server.publish(large)
        told = next(value for kind, value in events(stream) if kind == "lost")
    assert 1 <= told <= server.lost


def test_many_connections_do_not_pile_up(server: ViewServer) -> None:
    """The first 64 may idle; who comes then is hung up on, and served again once they have gone."""
    host, port = server.url.removeprefix("http://").rstrip("/").split(":")

    def served() -> bool:
        try:
            return bool(view_kit.get(server.url, "still"))
        except OSError:
            return False

    with ExitStack() as idle:
        for _ in range(64):
            idle.enter_context(socket.create_connection((host, int(port))))
        wait_for(lambda: not served())
    wait_for(served)


def test_a_port_that_is_taken_is_an_error(server: ViewServer) -> None:
    port = int(server.url.rstrip("/").rpartition(":")[2])
    with pytest.raises(RunError, match=f"127.0.0.1:{port}"):
        ViewServer("127.0.0.1", port, {}, lambda data: {})


def test_closing_twice_or_before_the_start_is_safe() -> None:
    server = ViewServer("127.0.0.1", 0, {}, lambda data: {})
    server.close()
    server.close()
