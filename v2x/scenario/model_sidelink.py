"""Scenario model, part ``links.pc5``: a C-V2X sidelink with its resources, for the kinds that model them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from v2x.scenario.model_base import Model, Share, refusal
from v2x.scenario.model_propagation import Propagation, Tr37885

Mode = Literal["lte4", "nr2"]
#: Causes of loss on the air that a link can be spared.
Spared = tuple[Literal["half_duplex", "below_sensitivity", "propagation", "collision"], ...]

#: Resource blocks of a carrier by (MHz, subcarrier spacing in kHz): TS 38.101-1 table 5.3.2-1, from memory.
NR_CARRIER_BLOCKS = {(10, 15): 52, (10, 30): 24, (10, 60): 11, (20, 15): 106, (20, 30): 51, (20, 60): 24}
#: The same for LTE (TS 36.101 table 5.6-1).
LTE_CARRIER_BLOCKS = {10: 50, 20: 100}
#: Sizes of a sub-channel: TS 36.331 (SL-CommResourcePoolV2X) and TS 38.331 (SL-ResourcePool).
SUBCHANNEL_BLOCKS = {
    "lte4": (4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 25, 30, 48, 50, 72, 75, 96, 100),
    "nr2": (10, 12, 15, 20, 25, 50, 75, 100),
}
#: Probabilities of keeping a resource that the standards know (TS 36.331 and TS 38.331 probResourceKeep).
KEEP = (0.0, 0.2, 0.4, 0.6, 0.8)
#: What mode 4 allows of the settings that it shares with mode 2: least and most. Its sidelink ends before 64QAM.
_LTE = {
    "subcarrier_khz": (15, 15),
    "highest_mcs": (0, 20),
    "t2_ms": (20, 100),
    "left_percent": (20, 20),
    "retransmissions": (0, 1),
}


class Pool(Model):
    """Frequencies and sub-channels."""

    lowest_mhz: Annotated[float, Field(ge=5855.0, le=5925.0)] = 5905.0
    """Lower edge of the lowest carrier, in band 47 (5855 to 5925 MHz)."""
    carrier_mhz: Literal[10, 20] = 20
    """Width of each carrier (TS 36.101 table 5.6G.1-1: band 47 has these)."""
    carriers: Annotated[int, Field(ge=1, le=3)] = 1
    """Number of carriers, side by side."""
    obu_carrier: Annotated[int, Field(ge=0, le=2)] = 0
    """Carrier on which vehicles send; 0 is the lowest. All stations receive on all."""
    rsu_carrier: Annotated[int, Field(ge=0, le=2)] = 0
    """Carrier on which roadside units send."""
    subchannel_blocks: Annotated[int, Field(ge=4, le=100)] = 10
    """Resource blocks of a sub-channel: 4 5 6 8 9 10 12 15 16 18 20 25 30 48 50 72 75 96 100 (LTE, TS 36.331)."""
    subchannels: Annotated[int, Field(ge=1, le=27)] | None = None
    """Sub-channels of a carrier (LTE knows 1 3 5 8 10 15 20, studies more); null: as many as there is room for."""

    @field_validator("obu_carrier", "rsu_carrier")
    @classmethod
    def _there(cls, carrier: int, info: ValidationInfo) -> int:
        if carrier >= info.data.get("carriers", 3):
            raise refusal(f"there are only {info.data['carriers']} carriers, counted from 0")
        return carrier

    @model_validator(mode="after")
    def _in_band_47(self) -> Pool:
        end_mhz = self.lowest_mhz + self.carriers * self.carrier_mhz
        if end_mhz > 5925.0:
            raise refusal(f"the carriers end at {end_mhz:g} MHz, the band at 5925 MHz", at="lowest_mhz")
        return self


#: Channels by name. ``cn10``, ``cn20``: the two ways in which China's notice of December 2024 divides 5905-5925 MHz.
#: ``us20``: channel 183, centre 5000 + 5 x 183 MHz (SAE J3161). Ten blocks a sub-channel: SAE J3161 from memory, China
#: assumed.
POOLS = {
    "cn10": Pool(carrier_mhz=10, carriers=2, rsu_carrier=1),
    "cn20": Pool(),
    "us20": Pool(),
}


def _name_or_pool(value: object) -> str:
    return "name" if isinstance(value, str) else "pool"


#: Message types that roadside units send; all others come from vehicles and other road users. A scene does not tell.
ROADSIDE = frozenset({"MAP", "SPAT", "RSI", "RSM", "TIM", "RTCM", "SDSM"})


class Flow(Model):
    """How messages of one type are sent."""

    interval_ms: Annotated[float, Field(ge=1.0, le=10_000.0)] | None = None
    """Time between messages, for which resources are reserved; null: each message takes resources of its own."""
    priority: Annotated[int, Field(ge=1, le=8)] = 6
    """PPPP (TS 23.303 clause 5.4.6): 1 is the most urgent."""
    budget_ms: Annotated[float, Field(ge=3.0, le=1100.0)] = 100.0
    """Packet delay budget: an older message is dropped as expired."""
    one_shot: bool = False
    """Whether now and then a message leaves its reserved resource (SAE J3161/1), so that no collision lasts."""


#: Flows of the message types that come at a steady rate. BSM, SPAT, MAP, RSI and TIM have the default rates of the
#: stations; PPPP 5 for a routine BSM is SAE J3161/1 from memory. The rest is assumed.
FLOWS = {
    "BSM": Flow(interval_ms=100.0, priority=5, one_shot=True),
    "PSM": Flow(interval_ms=200.0, priority=5),
    "SPAT": Flow(interval_ms=100.0, priority=5),
    "RSM": Flow(interval_ms=100.0, priority=5),
    "SDSM": Flow(interval_ms=100.0, priority=5),
    "MAP": Flow(interval_ms=1000.0, priority=7, budget_ms=500.0),
    "RSI": Flow(interval_ms=1000.0, priority=7, budget_ms=500.0),
    "TIM": Flow(interval_ms=1000.0, priority=7, budget_ms=500.0),
    "RTCM": Flow(interval_ms=1000.0, priority=7, budget_ms=500.0),
    "CLPMM": Flow(interval_ms=50.0, priority=3, budget_ms=50.0),
    "CCM": Flow(interval_ms=50.0, priority=3, budget_ms=50.0),
    "PCM": Flow(interval_ms=50.0, priority=3, budget_ms=50.0),
    "PMM": Flow(interval_ms=200.0, priority=3),
}


class Sidelink(Model):
    """A C-V2X radio of every station, with its channel."""

    mode: Mode = "lte4"
    """lte4: LTE-V2X mode 4 (TS 36.213 clause 14.1.1.6); nr2: NR-V2X mode 2 (TS 38.214 clause 8.1.4)."""
    subcarrier_khz: Literal[15, 30, 60] = 15
    """Subcarrier spacing (TS 38.211 table 4.2-1); a slot is 15 ms divided by it. LTE has 15."""
    channel: Annotated[
        Annotated[Literal["cn10", "cn20", "us20"], Tag("name")] | Annotated[Pool, Tag("pool")],
        Discriminator(_name_or_pool),
    ] = "cn20"
    """cn10: vehicles 5905-5915, roadside 5915-5925 MHz; cn20, us20: all share 5905-5925; or a pool of your own."""
    propagation: Propagation = Tr37885(kind="tr37885")
    """What becomes of a wave on its way."""
    obu_power_dbm: Annotated[float, Field(ge=-40.0, le=33.0)] = 23.0
    """Transmitter output of vehicles; 26 dBm EIRP with 3 dBi, China's limit (MIIT 2018-203 annex, from memory)."""
    rsu_power_dbm: Annotated[float, Field(ge=-40.0, le=33.0)] = 26.0
    """Transmitter output of roadside units; 29 dBm EIRP with 3 dBi, China's limit (the same)."""
    antenna_gain_dbi: Annotated[float, Field(ge=-10.0, le=20.0)] = 3.0
    """Of every antenna, cable included (TR 36.885 annex A.1.4)."""
    noise_figure_db: Annotated[float, Field(ge=0.0, le=20.0)] = 9.0
    """Of every receiver (TR 36.885 annex A.1.4)."""
    sensitivity_dbm: Annotated[float, Field(ge=-140.0, le=-50.0)] = -101.4
    """Weaker packets are not noticed. TS 36.101 clause 7.3.1G for ten blocks and 9 dB instead of 13 dB, from memory."""
    rssi_floor_dbm: Annotated[float, Field(ge=-140.0, le=-50.0)] = -102.4
    """S-RSSI of a sub-channel (TS 36.214 clause 5.1.28) below this counts as nothing; ten blocks' noise."""
    busy_dbm: Annotated[float, Field(ge=-140.0, le=-50.0)] = -94.0
    """A sub-channel counts as busy above this S-RSSI (ETSI TS 103 574 clause 5.2)."""
    reach_m: Annotated[float, Field(ge=50.0, le=1500.0)] = 500.0
    """Receptions are decided and counted up to this distance; stations farther away only interfere."""
    fading: Literal["highway_los", "highway_nlos", "urban_los", "urban_nlos", "crossing_nlos"] = "urban_los"
    """Fast fading behind the curves of block error rate (docs/sidelink-resources.md)."""
    curve: str | None = None
    """One curve of block error rate for all blocks, by name; null: the nearest published one for each."""
    mcs: Annotated[int, Field(ge=0, le=28)] = 7
    """Preferred modulation and coding scheme (LTE: TS 36.213 table 8.6.1-1; NR: TS 38.214 table 5.1.3.1-1)."""
    highest_mcs: Annotated[int, Field(ge=0, le=28, validate_default=True)] = 11
    """Highest one allowed, for packets that are too big otherwise (LTE: 20 at most; 5 to 11 is SAE J3161/1, memory)."""
    most_segments: Annotated[int, Field(ge=1, le=8)] = 4
    """A packet that needs more transport blocks is dropped as oversize; all of its segments are needed."""
    layer2_headers: bool = True
    """Whether PDCP, RLC and MAC headers are counted (TS 36.321 to 36.323); studies often leave them out."""
    control_power: bool = True
    """Whether control takes its part of the power, 3 dB stronger (TS 36.213 clause 14.1.1.5); studies leave it out."""
    emission: Literal["mask", "flat", "none"] = "mask"
    """Into the carrier's other sub-channels: by mask (TS 36.101 clause 6.5.2.3, TR 36.885), a flat ratio, nothing."""
    flat_emission_db: Annotated[float, Field(ge=-80.0, le=0.0)] = -35.0
    """The flat ratio: power in any other sub-channel to that in the own."""
    adjacent_db: Annotated[float, Field(ge=0.0, le=100.0)] | None = 28.2
    """From a carrier into the next: ACLR 30 dB (TS 36.101 clause 6.6.2.3) with ACS 33 dB (7.5.1G); null: nothing."""
    t1_ms: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0
    """Begin of the selection window after the packet (T1 at most 4 ms)."""
    t2_ms: Annotated[float, Field(ge=5.0, le=100.0)] = 100.0
    """Its end (LTE: 20 to 100 ms, TS 36.213 clause 14.1.1.6), within the delay budget."""
    rsrp_threshold_dbm: Annotated[float, Field(ge=-128.0, le=-2.0)] = -110.0
    """PSSCH-RSRP, in one resource element (TS 36.214 clause 5.1.29), from which reservations are respected."""
    left_percent: Literal[20, 35, 50] = 20
    """Share of resources that must be left (LTE 20; NR 20, 35 or 50: sl-TxPercentageList)."""
    keep_probability: Share = 0.8
    """Of keeping resources when the counter has run down: 0, 0.2, 0.4, 0.6 or 0.8 (probResourceKeep)."""
    retransmissions: Annotated[int, Field(ge=0, le=3)] = 0
    """Further attempts of each block without being asked (LTE: 1 at most, TS 36.321 clause 5.14.1.1)."""
    feedback_m: Annotated[float, Field(gt=0.0, le=5000.0)] | None = None
    """NR: attempts after the first only if a receiver this near asks (groupcast, PSFCH; TS 38.321); null: blind."""
    reevaluation: bool = True
    """NR: look again just before the first use of a resource (TS 38.214 clause 8.1.4)."""
    most_reservations: Annotated[int, Field(ge=1, le=8)] = 2
    """Flows of a station that may reserve (TS 36.321 clause 5.14.1.1: two processes); others take single resources."""
    flows: dict[str, Flow] = Field(default_factory=dict)
    """Flows by message type, in place of the built-in ones."""
    congestion: Literal["off", "cr_limit", "j3161"] = "cr_limit"
    """cr_limit: ETSI TS 103 574 drops what exceeds its share; j3161: and BSM slow down by density (SAE J3161/1)."""
    without: Spared = ()
    """Causes of loss that do not happen, for ``v2x explain``: what they would take arrives."""

    @field_validator(*_LTE)
    @classmethod
    def _within_lte(cls, value: float, info: ValidationInfo) -> float:
        low, high = _LTE[info.field_name or ""]
        if info.data.get("mode") == "lte4" and not low <= value <= high:
            raise refusal(f"LTE takes {low} to {high}" if low < high else f"LTE takes {low} only")
        return value

    @field_validator("channel")
    @classmethod
    def _has_room(cls, channel: str | Pool, info: ValidationInfo) -> str | Pool:
        if isinstance(channel, str) or "mode" not in info.data:
            return channel
        sizes = SUBCHANNEL_BLOCKS[info.data["mode"]]
        if channel.subchannel_blocks not in sizes:
            raise refusal(f"must be one of {', '.join(map(str, sizes))}", at="subchannel_blocks")
        room = carrier_blocks(info.data["mode"], channel.carrier_mhz, info.data.get("subcarrier_khz", 15))
        if (channel.subchannels or 1) * channel.subchannel_blocks > room:
            raise refusal(f"do not fit: the carrier has {room} resource blocks", at="subchannels")
        return channel

    @field_validator("highest_mcs")
    @classmethod
    def _not_below(cls, highest_mcs: int, info: ValidationInfo) -> int:
        if highest_mcs < info.data.get("mcs", 0):
            raise refusal("must not be below the preferred one")
        return highest_mcs

    @field_validator("keep_probability")
    @classmethod
    def _known(cls, keep_probability: float) -> float:
        if keep_probability not in KEEP:
            raise refusal(f"must be one of {', '.join(map(str, KEEP))}")
        return keep_probability

    def pool(self) -> Pool:
        """The channel with its number of sub-channels filled in."""
        pool = POOLS[self.channel] if isinstance(self.channel, str) else self.channel
        if pool.subchannels is not None:
            return pool
        room = carrier_blocks(self.mode, pool.carrier_mhz, self.subcarrier_khz)
        return pool.model_copy(update={"subchannels": room // pool.subchannel_blocks})

    def flow(self, message_type: str) -> Flow:
        """How messages of a type are sent."""
        return self.flows.get(message_type) or FLOWS.get(message_type) or Flow()


class GeometricPc5(Sidelink):
    """Path loss, shadowing and block errors for each reception; collisions by the load of the channel."""

    kind: Literal["geometric"]


class SensingPc5(Sidelink):
    """The whole procedure: every station senses, reserves, sends and collides slot by slot."""

    kind: Literal["sensing"]


def carrier_blocks(mode: Mode, carrier_mhz: int, subcarrier_khz: int) -> int:
    """Resource blocks of a carrier."""
    return LTE_CARRIER_BLOCKS[carrier_mhz] if mode == "lte4" else NR_CARRIER_BLOCKS[carrier_mhz, subcarrier_khz]
