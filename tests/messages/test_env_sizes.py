"""The envelope of a run: sizes are those of what is sent, certificates come when they are due."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.errors import InputError
from v2x.messages.envelope import dsmp, ieee1609dot2, pc5, wsmp, ydt3957
from v2x.messages.envelope.envelope import UDP_IPV4_BYTES, Envelope
from v2x.messages.envelope.identities import Identities
from v2x.messages.envelope.schedule import CertificateSchedule
from v2x.messages.envelope.signing import Verifier
from v2x.messages.frame import Frames
from v2x.messages.profile import get_profile
from v2x.rng import key_of
from v2x.scenario.model_security import Security

START_NS = 1_772_413_200_000_000_000
MS = 1_000_000
KINDS = {"j2735": ("BSM", "SPAT", "MAP"), "csae-a": ("BSM", "SPAT", "MAP", "RSI")}


def frames(rows: list[tuple[int, int, str, int]]) -> Frames:
    """Rows of (ms, station, type, bytes)."""
    t_ms, station, kind, size = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    return Frames(
        t_ns=np.array(t_ms, np.int64) * MS,
        station=np.array([f"v{number}" for number in station], object),
        key=np.array(station, np.uint64),
        type=np.array(kind, object),
        data=[bytes(length) for length in size],
        x_m=np.zeros(len(rows)),
        y_m=np.zeros(len(rows)),
    )


def envelope(name: str, mode: str, **more: object) -> Envelope:
    return Envelope(get_profile(name), Security.model_validate({"mode": mode, **more}), 7, START_NS)


rows = st.lists(
    st.tuples(
        st.integers(0, 2000),
        st.integers(1, 4),
        st.sampled_from(KINDS["j2735"]),
        st.sampled_from([0, 30, 127, 128, 300]),
    ),
    max_size=12,
).map(sorted)


@given(rows=rows, channel=st.sampled_from(["pc5", "uu_uplink"]))
@settings(max_examples=30, deadline=None)
def test_sized_is_as_large_as_signed(rows: list[tuple[int, int, str, int]], channel: str) -> None:
    sized = envelope("j2735", "sized").air_bytes(frames(rows), channel)
    assert sized.tolist() == envelope("j2735", "signed").air_bytes(frames(rows), channel).tolist()
    assert sized.tolist() == [len(packet) for packet in envelope("j2735", "sized").packets(frames(rows), channel)]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("mode", ["none", "sized"])
def test_packets_carry_the_message(name: str, mode: str) -> None:
    sent = frames([(0, 1, kind, 40 + number) for number, kind in enumerate(KINDS[name])])
    sizes = envelope(name, mode).air_bytes(sent, "pc5")
    for row, packet in enumerate(envelope(name, mode).packets(sent, "pc5")):
        family, rest = pc5.decode(packet)
        if name == "j2735":
            assert family == pc5.IEEE_1609
            payload = ieee1609dot2.decode(wsmp.decode(rest).data).payload
        else:
            assert family == pc5.CCSA
            payload = ydt3957.decode(dsmp.decode(rest).data).payload
        assert payload == sent.data[row]
        assert len(packet) == sizes[row]


def test_sizes_of_a_bsm() -> None:
    bsm = frames([(0, 1, "BSM", 40), (1, 1, "BSM", 40)])
    # octet of the family, WSMP with one byte of length, version, choice and length of unsecured data
    assert envelope("j2735", "none").air_bytes(bsm, "pc5").tolist() == [40 + 1 + 4 + 3] * 2
    # WSMP has two bytes of length; 93 bytes with the digest of 8, 132 + 2 instead with the certificate
    assert envelope("j2735", "sized").air_bytes(bsm, "pc5").tolist() == [40 + 1 + 5 + 93 + 126, 40 + 1 + 5 + 93]
    assert envelope("j2735", "sized").air_bytes(bsm, "uu_uplink").tolist() == [40 + 93 + UDP_IPV4_BYTES] * 2


def test_signed_packets_verify() -> None:
    sent = frames([(0, 1, "BSM", 40), (100, 1, "BSM", 40), (100, 2, "SPAT", 90), (200, 1, "BSM", 41)])
    verifier = Verifier(Identities(7, START_NS).root.certificate)
    for packet in envelope("j2735", "signed").packets(sent, "pc5"):
        message = wsmp.decode(pc5.decode(packet)[1])
        unit = ieee1609dot2.decode(message.data)
        assert unit.header is not None
        assert message.psid == unit.header.psid
        verifier.verify(unit)  # the first of each station brings its certificate


def test_what_cannot_be_signed() -> None:
    with pytest.raises(InputError, match="there is no SM2"):
        envelope("csae-a", "signed")


def test_identifiers_are_configurable() -> None:
    sent = frames([(0, 1, "MAP", 40)])
    own = envelope("j2735", "none", application_ids={"MAP": 0x82}).packets(sent, "pc5")[0]
    assert wsmp.decode(own[1:]).psid == 0x82
    assert wsmp.decode(envelope("j2735", "none").packets(sent, "pc5")[0][1:]).psid == 0x204097
    with pytest.raises(InputError, match=r"^security\.application_ids\.MPA: unknown message type"):
        envelope("j2735", "none", application_ids={"MPA": 0x82})


@pytest.mark.parametrize("name", KINDS)
def test_every_type_has_an_application(name: str) -> None:
    sent = frames([(0, 1, kind, 40) for kind in get_profile(name).type_names])
    assert (envelope(name, "sized").air_bytes(sent, "pc5") > 250).all()


@given(rows=rows, cuts=st.sets(st.integers(0, 12)))
@settings(max_examples=50, deadline=None)
def test_batches_do_not_matter(rows: list[tuple[int, int, str, int]], cuts: set[int]) -> None:
    whole = envelope("j2735", "sized").air_bytes(frames(rows), "pc5").tolist()
    edges = [0, *sorted(cut for cut in cuts if cut < len(rows)), len(rows)]
    parts, some = envelope("j2735", "sized"), []
    for begin, end in pairwise(edges):
        some += parts.air_bytes(frames(rows[begin:end]), "pc5").tolist()
    assert some == whole


def test_a_certificate_in_each_interval() -> None:
    schedule = CertificateSchedule(500.0, seed=7)
    stations = np.arange(1, 201, dtype=np.uint64)
    sent = np.array([schedule.attach(stations * 0, stations, np.full(200, t * 100 * MS)) for t in range(50)])
    assert sent[0].all()  # the first message of a station
    assert (sent[5:].sum(axis=0) == 9).all()  # 4.5 s at 2 Hz
    gaps = [np.diff(np.flatnonzero(column[1:])) for column in sent.T]
    assert all((gap == 5).all() for gap in gaps)
    # phases spread the load: of 200 stations about 40 in each step, binomial with a standard deviation of 5.7
    assert np.abs(sent[5:].sum(axis=1) - 40).max() < 25


def test_types_have_their_own_turns() -> None:
    schedule = CertificateSchedule(500.0, seed=7)
    one, spat, maps = (np.array([word], np.uint64) for word in (9, key_of("SPAT"), key_of("MAP")))
    assert schedule.attach(spat, one, np.array([0])).all()
    assert not schedule.attach(spat, one, np.array([1])).any()
    assert schedule.attach(maps, one, np.array([1])).all()
