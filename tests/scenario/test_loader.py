"""Merging, overriding, resolving: what comes out of the loader, and where it says its parts came from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from v2x.errors import InputError, ScenarioError
from v2x.scenario.loader import LoadedScenario, load_scenario
from v2x.scenario.model import ConstantLink, IdealLink, PresetUu, RecordedTraffic, StatisticalPc5

PARTS = Path(__file__).parent / "parts"
GOOD = PARTS / "good.yaml"


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def faults(*arguments: object, **options: object) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(*arguments, **options)  # type: ignore[arg-type]
    return [str(fault) for fault in caught.value.faults]


def test_defaults_are_filled_in() -> None:
    loaded = load_scenario(GOOD)
    assert loaded.scenario.step_s == 0.1
    assert loaded.resolved["stations"]["obu"] == {
        "penetration": {"car": 1.0, "bus": 1.0, "truck": 1.0},
        "bsm_rate_hz": 10.0,
        "temporary_id_s": 300.0,
        "emergency_vehicles": [],
    }
    assert loaded.files == (GOOD,)


def test_resolved_gives_the_same_scenario(tmp_path: Path) -> None:
    first = load_scenario(GOOD, ["sensors.ideal=[motion, clock, gnss]", "links.pc5.kind=statistical"])
    again = load_scenario(write(tmp_path, json.dumps(first.resolved)))
    assert again.scenario == first.scenario
    assert again.resolved == first.resolved
    assert first.resolved["sensors"]["ideal"] == ["clock", "gnss", "motion"]  # in an order that never changes
    assert Path(first.resolved["field"]).is_absolute()


class TestExtends:
    def test_mappings_merge_and_lists_are_replaced(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            f"extends: {GOOD}\nsensors: {{motion: {{heading_sigma_deg: 2}}}}\n"
            "stations: {subjects: [{vehicle: a}, {vehicle: b}]}\n",
            "base.yaml",
        )
        text = "extends: base.yaml\nsensors: {motion: {speed_sigma_mps: 3}}\nstations: {subjects: [{vehicle: c}]}\n"
        loaded = load_scenario(write(tmp_path, text))
        motion = loaded.scenario.sensors.motion
        assert (motion.heading_sigma_deg, motion.speed_sigma_mps) == (2, 3)
        assert [subject.vehicle for subject in loaded.scenario.stations.subjects] == ["c"]
        assert [file.name for file in loaded.files] == ["mine.yaml", "base.yaml", "good.yaml"]

    def test_a_new_kind_drops_the_keys_of_the_old(self, tmp_path: Path) -> None:
        write(tmp_path, f"extends: {GOOD}\nlinks: {{uu: {{kind: preset, preset: weak_n8}}}}\n", "base.yaml")
        loaded = load_scenario(write(tmp_path, "extends: base.yaml\nlinks: {uu: {kind: constant, delay_ms: 7}}\n"))
        assert loaded.scenario.links.uu == ConstantLink(kind="constant", delay_ms=7)

    def test_the_same_kind_merges(self, tmp_path: Path) -> None:
        write(tmp_path, f"extends: {GOOD}\nlinks: {{uu: {{kind: preset, preset: weak_n8}}}}\n", "base.yaml")
        loaded = load_scenario(write(tmp_path, "extends: base.yaml\nlinks: {uu: {kind: preset, transport: tcp}}\n"))
        assert loaded.scenario.links.uu == PresetUu(kind="preset", preset="weak_n8", transport="tcp")

    def test_a_path_starts_where_it_stands(self, tmp_path: Path) -> None:
        write(tmp_path, "<routes/>", "my.rou.xml")
        base = write(tmp_path, f"extends: {GOOD}\ntraffic: {{routes: my.rou.xml}}\n", "base.yaml")
        (tmp_path / "below").mkdir()
        loaded = load_scenario(write(tmp_path / "below", "extends: ../base.yaml\n"))
        assert loaded.resolved["traffic"]["routes"] == str(base.with_name("my.rou.xml").resolve())

    def test_a_fault_is_reported_in_the_file_it_comes_from(self, tmp_path: Path) -> None:
        base = write(tmp_path, f"extends: {GOOD}\n\nstep_s: 9\nweather: {{friction: 9}}\n", "base.yaml")
        mine = write(tmp_path, "extends: base.yaml\nweather: {friction: 8}\n")
        assert faults(mine) == [
            f"{mine}:2:21: weather.friction: must be less than or equal to 1.2, got 8",
            f"{base}:3:9: step_s: must be less than or equal to 1, got 9",
        ]

    def test_bases_by_name(self, tmp_path: Path) -> None:
        loaded = load_scenario(write(tmp_path, "extends: recorded-crossroads\nname: mine\n"))
        assert loaded.scenario.name == "mine"
        assert [file.name for file in loaded.files] == ["mine.yaml", "recorded-crossroads.yaml"]


class TestOverrides:
    def load(self, *settings: str) -> LoadedScenario:
        return load_scenario(GOOD, settings)

    def test_values_are_typed_as_in_yaml(self) -> None:
        scenario = self.load("duration_s=3", "title='a=b'", "stations.rsu.sites=[RSU-A]").scenario
        assert (scenario.duration_s, scenario.title, scenario.stations.rsu.sites) == (3.0, "a=b", ("RSU-A",))

    def test_text_that_looks_like_a_number(self) -> None:
        assert self.load("test.edition='2022'").scenario.test.edition == "2022"
        assert faults(GOOD, ["test.edition=2022"]) == ["--set: test.edition: must be text; write it in quotes: '2022'"]

    def test_mappings_on_the_way_are_made(self) -> None:
        pc5 = self.load("links.pc5.kind=statistical", "links.pc5.bursts.mean_bad_s=2").scenario.links.pc5
        assert isinstance(pc5, StatisticalPc5)
        assert pc5.bursts is not None
        assert pc5.bursts.mean_bad_s == 2

    def test_null(self) -> None:
        pc5 = self.load("links.pc5={kind: statistical, bursts: null}").scenario.links.pc5
        assert isinstance(pc5, StatisticalPc5)
        assert pc5.bursts is None

    def test_rows_of_lists(self) -> None:
        notice = "{id: 1, cause: fog, at: {crs: wgs84, lon_deg: 117.06, lat_deg: 39.05}}"
        scenario = self.load(
            f"notices=[{notice}]", "notices.0.start_s=4", f"notices.1={notice}", "notices.1.id=2"
        ).scenario
        assert [(n.id, n.start_s) for n in scenario.notices] == [(1, 4.0), (2, 0.0)]
        assert faults(GOOD, [f"notices=[{notice}]", "notices.5.id=2", "notices.x.id=2"]) == [
            "--set: notices.5.id: '5' is not a row of this list: it has 1, counted from 0",
            "--set: notices.x.id: 'x' is not a row of this list: it has 1, counted from 0",
        ]

    def test_a_new_kind_drops_the_keys_of_the_old(self) -> None:
        links = self.load("links.uu={kind: preset, preset: weak_n8}", "links.uu.kind=ideal").scenario.links
        assert links.uu == IdealLink(kind="ideal")

    def test_the_last_one_wins(self) -> None:
        assert self.load("seed=1", "seed=2").scenario.seed == 2

    def test_seed_and_duration_win(self) -> None:
        scenario = load_scenario(GOOD, ["seed=1", "duration_s=1"], seed=7, duration_s=2.5).scenario
        assert (scenario.seed, scenario.duration_s) == (7, 2.5)
        assert sorted(faults(GOOD, seed=-1, duration_s=0.0)) == [
            "--duration: duration_s: must be greater than 0, got 0.0",
            "--seed: seed: must be greater than or equal to 0, got -1",
        ]

    def test_unknown_paths(self) -> None:
        assert faults(GOOD, ["stations.rsu.map_rate=2", "staitons.rsu.map_rate_hz=2"]) == [
            "--set: stations.rsu.map_rate: unknown key 'map_rate', did you mean 'map_rate_hz'?",
            "--set: staitons: unknown key 'staitons', did you mean 'stations'?",
        ]

    @pytest.mark.parametrize("setting", ["seed", "=3", "a..b=3", ""])
    def test_not_a_setting(self, setting: str) -> None:
        assert faults(GOOD, [setting]) == [f"--set: expected path=value, got '{setting}'"]

    def test_not_yaml(self) -> None:
        (fault,) = faults(GOOD, ["seed=[1"])
        assert fault.startswith("--set: seed: not valid YAML: ")

    def test_a_path_starts_in_the_current_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path, "<routes/>", "my.rou.xml")
        assert self.load("traffic.routes=my.rou.xml").resolved["traffic"]["routes"] == str(tmp_path / "my.rou.xml")
        (fault,) = faults(GOOD, ["traffic.routes=your.rou.xml"])
        assert fault == f"--set: traffic.routes: no such file: {tmp_path / 'your.rou.xml'}"


class TestRecordings:
    def load(self, folder: Path, table: str, *settings: str) -> LoadedScenario:
        write(folder, table, "tracks.csv")
        text = GOOD.read_text().replace("duration_s: 10\n", "").replace("./tiny-field", str(PARTS / "tiny-field"))
        text = text.replace("  kind: sumo", "  kind: recording\n  crs: wgs84\n  path: tracks.csv")
        return load_scenario(write(folder, text), settings)

    def test_the_run_lasts_as_long(self, tmp_path: Path) -> None:
        loaded = self.load(tmp_path, "t_s,id\n1.0,a\n3.5,a\n2.0,b\n")
        assert isinstance(loaded.scenario.traffic, RecordedTraffic)
        assert loaded.scenario.duration_s == 3.5
        assert loaded.resolved["duration_s"] == 3.5

    @pytest.mark.parametrize(
        ("first", "last", "end"), [(0, 30, 30), (5, 30, 30), (-5, 30, 30), (1.7e9, 1.7e9 + 30, 30), (-40, -10, 30)]
    )
    def test_times_far_off_are_counted_from_the_first(
        self, tmp_path: Path, first: float, last: float, end: float
    ) -> None:
        table = f"t_s,id\n{first},a\n{last},a\n"
        assert self.load(tmp_path, table).scenario.duration_s == end

    def test_renamed_time(self, tmp_path: Path) -> None:
        assert self.load(tmp_path, "time,id\n0,a\n4,a\n", "traffic.columns.t_s=time").scenario.duration_s == 4

    def test_parquet(self, tmp_path: Path) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(pa.table({"t_s": [5.0, 9.0]}), tmp_path / "tracks.parquet")
        path = tmp_path / "tracks.parquet"
        assert self.load(tmp_path, "t_s,id\n0,a\n", f"traffic.path={path}").scenario.duration_s == 4

    def test_unusable_parquet(self, tmp_path: Path) -> None:
        (tmp_path / "tracks.parquet").write_text("t_s,id\n")
        with pytest.raises(ScenarioError, match="cannot tell the recording's length"):
            self.load(tmp_path, "t_s,id\n0,a\n", f"traffic.path={tmp_path / 'tracks.parquet'}")

    def test_a_duration_that_is_given_stays(self, tmp_path: Path) -> None:
        assert self.load(tmp_path, "t_s,id\n0,a\n4,a\n", "duration_s=1").scenario.duration_s == 1

    @pytest.mark.parametrize(
        ("table", "reason"),
        [
            ("time,id\n0,a\n", "has no column 't_s'"),
            ("t_s,id\n0,a\nx,a\n", "tracks.csv:3: 't_s' is not a number: 'x'"),
            ("t_s,id\n1,a\n1,b\n", "no two times in 't_s'"),
            ("t_s,id\n", "no two times in 't_s'"),
            ("", "has no column 't_s'"),
        ],
    )
    def test_unusable(self, tmp_path: Path, table: str, reason: str) -> None:
        with pytest.raises(ScenarioError) as caught:
            self.load(tmp_path, table)
        (fault,) = caught.value.faults  # and no complaint about the duration
        assert (fault.line, fault.path) == (9, "traffic.path")
        assert reason in fault.reason


def test_unknown_scenarios() -> None:
    with pytest.raises(InputError, match="unknown scenario 'xiqing-opne', did you mean 'xiqing-open'"):
        load_scenario("xiqing-opne")
    with pytest.raises(InputError, match=r"no such file: nowhere/mine\.yaml"):
        load_scenario("nowhere/mine.yaml")
    with pytest.raises(InputError, match="no such file: xiqing-open"):
        load_scenario(Path("xiqing-open"))


def test_chinese_names_and_a_byte_order_mark(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_bytes(b"\xef\xbb\xbf" + f"extends: {GOOD}\ntitle: 天津南站\n".encode())
    assert load_scenario(mine).scenario.title == "天津南站"


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("sensors.delays.transmit_ms=1e300", "must be 0 or from 1e-09 to 1e+09 in size"),
        ("stations.obu.bsm_rate_hz=1e-300", "must be 0 or from 1e-09 to 1e+09 in size"),
        ("notices=[{id: 1, cause: fog, at: {crs: local, x_m: 1e300, y_m: 0}}]", "notices.0.at.x_m: must be 0 or from"),
        ("stations.obu.temporary_id_s=" + "9" * 400, "must be 0 or from 1e-09 to 1e+09 in size"),
        ("start_utc=2400-01-01T00:00:00Z", "must be from 1971 to 2199"),
        ("start_utc=0001-01-01T00:00:00Z", "must be from 1971 to 2199"),
        ("duration_s=1e7", "must be less than or equal to 1000000"),
        ("traffic.smoothing_s=100", "must be less than or equal to 10"),
        ("traffic.origin={crs: gcj02, lon_deg: -70, lat_deg: -89}", "gcj02 is defined in China only"),
        ("stations.extra_rsu.0.id=server", "'server' is no name of its own"),
        ('stations.extra_rsu.0.id=""', "'' is no name of its own"),
        (
            "stations.extra_rsu=[{id: A, at: &a {crs: local, x_m: 0, y_m: 0}}, {id: A, at: *a}]",
            "extra_rsu.1.id: 'A' is",
        ),
        ("notices=[{id: 1, cause: fog, at: &a {crs: local, x_m: 0, y_m: 0}, path: [*a]}]", "at least two points"),
        ("seed=" + "9" * 5000, "not a number that can be read"),
        (".".join(["odd", *"a" * 2000]) + "=1", "a path of 2001 keys"),
        ('traffic.path="a\\0b.csv"', "no such file"),
        ("traffic.path=" + "x" * 5000 + ".csv", "no such file"),
        ("field=" + "x/" * 3000, "no field there"),
        ("pass_if.\u00b2=1", "is not a row of this list"),
    ],
)
def test_hostile_settings_are_refused(setting: str, reason: str) -> None:
    (fault, *_) = faults("recorded-crossroads", [setting], duration_s=None if "duration" in setting else 5.0)
    assert fault.startswith("--set: ") and reason in fault


def test_odd_and_criteria_may_have_any_number() -> None:
    settings = ["odd.speed=1e300", "pass_if=[{metric: traffic.vehicles, at_most: 1e300}]", f"seed={2**63 - 1}"]
    assert load_scenario("recorded-crossroads", settings).scenario.seed == 2**63 - 1
