"""The page in a real browser: that it draws, follows a run, and plays one."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
import view_kit
from browser_kit import Browser, find_browser

from v2x.field.load import load_field
from v2x.messages.profile import get_profile
from v2x.traffic.base import SignalHead
from v2x.view.feed import FrameNote, decoder, moment, still
from v2x.view.playback import PlaybackServer
from v2x.view.server import ViewServer


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return find_browser(tmp_path_factory.mktemp("browser"))


def test_a_finished_run_is_shown_at_any_time(browser: Browser, made: Path) -> None:
    with PlaybackServer("127.0.0.1", 0, made) as server:
        early, late = (browser.text(f"{server.url}#t={t_s}") for t_s in (1.5, 3.5))
    assert early["title"] == f"{view_kit.TITLE} · {load_field('dongli').title}"
    assert (early["time"], early["utc"], early["state"]) == ("0:01.5", "2026-03-02 09:00:01 UTC", "recorded")
    assert early["users"] == "2 road users 2 car 1 under test" and late["users"] == "1 road user 1 car 1 under test"
    assert early["lights"] == "4 ↑ red 2 s" and late["lights"] == "4 ↑ green 6 s"
    assert early["alerts"] == "a: rlvw 4"
    assert early["rates"] == "SPAT pc5 10 /s"
    assert early["frame-rows"].startswith("1.400 SPAT RSU-DO11 pc5 ")
    assert early["play"] == "play" and early["seek-end"] == "of 5.9 s"
    assert "一纬路/二经路 (J_22)" in early["junction"]


def test_a_frame_is_decoded_in_the_page(browser: Browser, made: Path) -> None:
    with PlaybackServer("127.0.0.1", 0, made) as server:
        page, none = (browser.text(f"{server.url}#t=1.5&frame={number}") for number in (12, 99))
    data = view_kit.spat(1_200_000_000, "red", 3_000_000_000)
    assert page["detail-title"] == f"SPAT of RSU-DO11, 1.200 s, {len(data)} bytes, csae-a"
    assert "name: junction" in page["detail-tree"] and "detail-tree" not in none
    lines = page["detail-hex"].split()
    assert "".join(word for word in lines if len(word) == 2) == data.hex() and lines[0] == "0000"
    assert none["detail-title"] == "This frame is not kept any more"


def test_the_map_is_drawn(browser: Browser, ran: Path, tmp_path: Path) -> None:
    """Roads, coverage and coloured lights: more hues than a page of text has."""
    with PlaybackServer("127.0.0.1", 0, ran) as server:
        canvas = browser.picture(f"{server.url}#t=2.5", tmp_path / "page.png")[120:700, 300:700]
    tones, counts = np.unique((canvas * 15).astype(int).reshape(-1, 3), axis=0, return_counts=True)
    assert len(tones) > 50 and counts.max() < 0.9 * counts.sum()
    red, green, blue = np.moveaxis(canvas, -1, 0)
    assert ((red > 0.7) & (green < 0.3) & (blue < 0.3)).sum() > 50  # a red light
    assert ((blue > red + 0.2) & (blue > 0.4)).sum() > 50  # cars and roadside units


def test_a_run_that_goes_on_is_followed_to_its_end(browser: Browser) -> None:
    server = ViewServer("127.0.0.1", 0, still(load_field("dongli"), [], "a run"), decoder(get_profile("csae-a")))

    def run() -> None:
        """25 moments once the page listens, then the end: until then the stream stops the page's virtual clock."""
        deadline = time.monotonic() + 30
        while not server.watching and time.monotonic() < deadline:
            time.sleep(0.05)
        for t_ns in range(0, 25 * view_kit.STEP_NS, view_kit.STEP_NS):
            frame = FrameNote(t_ns, "pc5", "SPAT", "RSU", view_kit.spat(t_ns, "red", 10**10))
            head = SignalHead("J_11", {4: "red"}, {}, {4: 10**10})
            server.publish(moment(t_ns, view_kit.snapshot(t_ns, ["a", "b"]), [head], [frame], subjects={"b"}))
            time.sleep(0.03)
        server.close()

    server.start()
    running = threading.Thread(target=run)
    running.start()
    page = browser.text(server.url)
    running.join()
    assert (page["time"], page["state"]) == ("0:02.4", "the run has ended")
    assert page["users"] == "2 road users 2 car 1 under test"
    assert page["lights"] == "4 ↑ red 8 s"
    assert page["rates"] == "SPAT pc5 10 /s"
    assert page["frame-rows"].count("SPAT RSU pc5") >= 1
