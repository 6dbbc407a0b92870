"""``v2x rsu serve``: a scenario or a finished run as a live service."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, get_args

import click

from v2x.bus.address import Address, parse_address, require_consent
from v2x.bus.curve import peer_keys, server_keys
from v2x.bus.live import Live
from v2x.bus.playback import play
from v2x.bus.publisher import DatagramExport
from v2x.bus.settings import Addresses, Bounds, Form, Keys, Terms
from v2x.bus.units import chosen
from v2x.cli import options
from v2x.cli.checks import check_asked
from v2x.cli.live_source import Source, open_source
from v2x.cli.simulation import free_folder, simulate
from v2x.clock import to_ns, utc_ns
from v2x.errors import InputError
from v2x.messages.profile import get_profile
from v2x.outside import Outside, Together

_BOUNDS = Bounds()
#: Messages a second of one peer in lock step, where a second of the run may take some hundredths of one (assumed).
_LOCK_STEP_HZ = 2000.0
#: Between two lines of counts.
_TELL_S = 10.0


@click.command(name="serve")
@click.argument("source")
@click.option("--speed", "speed_text", metavar="F|max", help="Simulated seconds a second; default 1, with --peer max.")
@click.option("--follow-utc", is_flag=True, help="Begin when it is start_utc by this machine's clock.")
@click.option("--rsu", multiple=True, metavar="NAME", help="Unit for UDP, in and out; repeatable; default all.")
@click.option(
    "--peer", "peers", multiple=True, metavar="NAME", help="Must grant time before the run begins; repeatable."
)
@click.option("--peer-timeout", "patience_s", type=click.FloatRange(0.1), default=10.0, show_default=True,
              help="A peer that owes a grant for so many seconds is dropped.")  # fmt: skip
@click.option("--pub", default="tcp://127.0.0.1:5600", show_default=True, help="Where frames are published.")
@click.option("--intake", default="tcp://127.0.0.1:5601", show_default=True, help="Where guests join.")
@click.option("--grant", default="tcp://127.0.0.1:5602", show_default=True, help="Where peers grant time.")
@click.option("--udp", default="127.0.0.1:1516", show_default=True, help="Where RSU 4.1 text comes in.")
@click.option("--udp-out", metavar="HOST:PORT", help="Where the units' frames go; default nowhere.")
@click.option("--udp-format", type=click.Choice(get_args(Form)), default="rsu41", show_default=True, help="As what.")
@click.option("--peer-rate", "rate_hz", type=click.FloatRange(1.0),
              help=f"Messages a second that one peer may send; more are dropped. Default {_BOUNDS.rate_hz:g}, "
              f"with --peer {_LOCK_STEP_HZ:g}.")  # fmt: skip
@click.option("--max-bytes", type=click.IntRange(256, 65_000), default=_BOUNDS.max_bytes, show_default=True,
              help="Longest message of a peer.")  # fmt: skip
@click.option("--view", is_flag=True, help="Serve a page that shows the run.")
@click.option("--view-port", type=click.IntRange(0, 65_535), default=8080, show_default=True, help="On 127.0.0.1.")
@click.option("--bind", is_flag=True, help="Allow addresses beyond this machine; ZeroMQ needs CURVE keys there.")
@click.option("--curve-server-key", type=click.Path(path_type=Path), help="NAME.key_secret of the service.")
@click.option("--curve-peers", type=click.Path(path_type=Path), help="Folder with the *.key of those who may connect.")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder to write; default runs/<name>-s<seed>.")
@click.option("--force", is_flag=True, help="Replace a run that is in the folder already.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed instead of the scenario's.")
@click.option("--duration", "duration_s", type=float, help="Simulated seconds instead of the scenario's.")
@options.as_json
@options.overrides
def command(source: str, as_json: bool, **asked: Any) -> None:
    """Play SOURCE, a scenario or a run folder, to programs and devices outside: ZeroMQ, UDP, a page.

    A scenario is simulated and recorded as by `v2x run`, but not scored. Ctrl-C ends it. The protocols: docs/live.md.
    """
    played = open_source(source, asked["overrides"], asked["seed"], asked["duration_s"])
    if played.loaded is not None:
        check_asked(played.loaded)
    live = _live(played, asked)
    summary: dict[str, Any] = {}
    with ExitStack() as open_things:
        open_things.enter_context(_terminated_like_interrupted())
        open_things.enter_context(live)
        outside, url = _with_page(live, played, asked, open_things)
        click.echo(f"{played.scenario.name}: {_where(live.listens)}{url}; Ctrl-C ends it", err=True)
        open_things.enter_context(_telling(live))
        try:
            summary = _play(played, live, outside, asked)
        except KeyboardInterrupt:
            live.close(hurry=True)
            click.echo("broken off", err=True)
    summary["live"] = live.statistics()
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
    click.echo(_line(live.statistics()), err=True)


def _live(played: Source, asked: Mapping[str, Any]) -> Live:
    """The service, its sockets bound."""
    keys = _keys(asked["curve_server_key"], asked["curve_peers"])
    addresses = _addresses(asked, curve=keys is not None)
    units = chosen(asked["rsu"] or ("all",), list(played.places))
    scenario, export = played.scenario, None
    if addresses.udp_out is not None:
        profile, start_utc_ns = get_profile(scenario.profile), utc_ns(scenario.start_utc)
        export = DatagramExport(units, asked["udp_format"], profile, scenario.security, scenario.seed, start_utc_ns)
    rate_hz = asked["rate_hz"] or (_LOCK_STEP_HZ if asked["peers"] else _BOUNDS.rate_hz)
    bounds = Bounds(rate_hz, round(2 * rate_hz), asked["max_bytes"])
    return Live(played.ground(units), _terms(played, asked), addresses, bounds, keys, export)


def _terms(played: Source, asked: Mapping[str, Any]) -> Terms:
    peers = tuple(sorted(set(asked["peers"])))
    zero_wall_ns = None
    if asked["follow_utc"]:
        zero_wall_ns = utc_ns(played.scenario.start_utc)
        if zero_wall_ns <= time.time_ns():
            raise InputError("start_utc is over; --set start_utc=... puts it a minute ahead", file="--follow-utc")
    speed = options.speed(asked["speed_text"] or ("max" if peers else "1"))
    return Terms(speed, peers, to_ns(asked["patience_s"]), zero_wall_ns)


def _keys(server: Path | None, peers: Path | None) -> Keys | None:
    if server is None and peers is None:
        return None
    if server is None or peers is None:
        raise InputError("--curve-server-key and --curve-peers go together", file="--curve-peers")
    return Keys(server_keys(server), peer_keys(peers))


def _addresses(asked: Mapping[str, Any], *, curve: bool) -> Addresses:
    def address(option: str, scheme: str, *, listens: bool = True) -> Address:
        text = asked[option.removeprefix("--").replace("-", "_")]
        found = parse_address(text if "://" in text else f"{scheme}://{text}", option, listens=listens)
        if found.scheme != scheme:
            raise InputError(f"expected {scheme}://, got '{text}'", file=option)
        require_consent(found, option, bind=asked["bind"], curve=curve)
        return found

    publish, intake, grant = (address(option, "tcp") for option in ("--pub", "--intake", "--grant"))
    udp_out = address("--udp-out", "udp", listens=False) if asked["udp_out"] else None
    return Addresses(publish, intake, grant, address("--udp", "udp"), udp_out)


def _where(listens: Addresses) -> str:
    places = {"pub": listens.publish, "intake": listens.intake, "grant": listens.grant, "udp": listens.udp}
    return ", ".join(f"{name} {address}" for name, address in places.items())


def _with_page(live: Live, played: Source, asked: Mapping[str, Any], open_things: ExitStack) -> tuple[Outside, str]:
    """What the run talks to, and what to tell about the page."""
    if not asked["view"]:
        return live, ""
    if played.folder is not None:
        raise InputError(f"v2x replay {played.folder} --view plays a run", file="--view")
    from v2x.view.feed import RsuSite, decoder, still
    from v2x.view.onlooker import Onlooker
    from v2x.view.server import ViewServer

    scenario = played.scenario
    sites = [RsuSite(name, *place) for name, place in played.places.items()]
    page = still(played.field, sites, scenario.title or scenario.name, utc_ns(scenario.start_utc))
    server = ViewServer("127.0.0.1", asked["view_port"], page, decoder(get_profile(scenario.profile)))
    open_things.enter_context(server)
    return Together(live, Onlooker(server)), f", view {server.url}"


def _play(played: Source, live: Live, outside: Outside, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Run, or play the run; what to tell about it."""
    if played.loaded is None or played.folder is not None:
        play(played.folder or Path(), played.scenario.step_s, played.places, outside)
        live.close(hurry=False)
        return {"run": str(played.folder)}

    def remarks(ended: bool) -> dict[str, Any]:
        live.close(hurry=not ended)
        return {"live": live.statistics()}

    folder = asked["out"] or free_folder(played.loaded)
    outcome, _ = simulate(
        played.loaded, folder, force=asked["force"], engine="libsumo", outside=outside, remarks=remarks
    )
    click.echo(f"digest {outcome.digest}, {folder}", err=True)
    return {"run": str(folder), "digest": outcome.digest}


@contextmanager
def _telling(live: Live) -> Iterator[None]:
    """A line of counts every now and then."""
    ended = threading.Event()

    def tell() -> None:
        while not ended.wait(_TELL_S):
            click.echo(_line(live.statistics()), err=True)

    teller = threading.Thread(target=tell, name="counts", daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def _line(counts: Mapping[str, Any]) -> str:
    """The counts that matter, in one line."""
    sockets = [value for value in counts["in"].values() if isinstance(value, dict)]
    dropped = {
        name: sum(socket[name] for socket in sockets) for name in ("malformed", "oversize", "too_often", "queue_full")
    }
    out, run = counts["out"], counts["run"]
    unread = out["peer_full"] + out["peer_gone"]
    refused = sum(run["refused"].values()) + run["bad_orders"]
    late = counts["spat"]["lateness_ms"]["p99"]
    return (
        f"{out['published']} frames published, {sum(socket['received'] for socket in sockets)} messages in"
        f" ({', '.join(f'{count} {name}' for name, count in dropped.items())}, {refused} refused),"
        f" {run['frames']} frames of {counts['guests']} guests, {unread} unread,"
        f" SPAT {counts['spat']['missed']} of {counts['spat']['frames']} missed"
        + (f", p99 {late:.1f} ms late" if late is not None else "")
    )


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """``kill`` ends the service as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
