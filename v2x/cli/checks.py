"""What a scenario asks of other parts, known before the run: metrics and message types that exist, sayable notices."""

from __future__ import annotations

from collections.abc import Iterator

from v2x.errors import InputError, ScenarioError
from v2x.scenario.loader import LoadedScenario, variants_of, within_variant
from v2x.scenario.model import Scenario
from v2x.scenario.model_cellular import GeometricUu
from v2x.scenario.model_links import PluginPc5, PluginUu
from v2x.scenario.model_sidelink import Sidelink


def check_asked(loaded: LoadedScenario) -> None:
    """Refuse a scenario that names metrics nothing measures, unknown messages, or what messages or links cannot do.

    Raises
    ------
    ScenarioError
        One fault a criterion, notice or link, or the first of remote driving, of it or of a variant.
    InputError
        If the notices or links need a field that cannot be loaded.
    """
    scenario = loaded.scenario
    asks = (_metrics, _application_ids, _notices, _stored, _links, _laws, _remote)
    faults = [fault for ask in asks for fault in ask(scenario)]
    if faults:
        raise ScenarioError([loaded.placed(fault) for fault in faults])
    for name, variant in variants_of(loaded).items():
        with within_variant(name):
            check_asked(variant)


def check_headless(loaded: LoadedScenario) -> None:
    """Refuse what takes somebody outside, of a scenario or of a variant; `InputError` with its place."""
    from v2x.outside import require_driver

    try:
        require_driver(loaded.scenario, None)
    except InputError as error:
        raise loaded.placed(error) from error
    for name, variant in variants_of(loaded).items():
        with within_variant(name):
            check_headless(variant)


def _metrics(scenario: Scenario) -> Iterator[InputError]:
    asked = [(row, criterion.metric) for row, criterion in enumerate(scenario.pass_if) if criterion.metric is not None]
    if not asked:
        return
    from v2x_analysis.metrics import check_metric  # only here: pandas takes its time

    for row, metric in asked:
        try:
            check_metric(metric)
        except InputError as error:
            yield InputError(error.reason, path=f"pass_if.{row}.metric")


def _application_ids(scenario: Scenario) -> Iterator[InputError]:
    if not scenario.security.application_ids:
        return
    from v2x.messages.envelope.envelope import application_ids
    from v2x.messages.profile import get_profile

    try:
        application_ids(get_profile(scenario.profile), scenario.security.application_ids)
    except InputError as error:
        yield error


def _notices(scenario: Scenario) -> list[InputError]:
    if not scenario.notices:
        return []
    from v2x.assembly import notice_faults  # only here: so do the fields and the codecs
    from v2x.field.load import field_of
    from v2x.traffic.build import plane_of

    field = field_of(scenario)
    return notice_faults(scenario, field, plane_of(scenario, field))


def _stored(scenario: Scenario) -> list[InputError]:
    if not scenario.stations.rsu.stored:
        return []
    from v2x.assembly import stored_faults

    return stored_faults(scenario)


def _remote(scenario: Scenario) -> list[InputError]:
    """The way of a vehicle that is driven from afar has to be there."""
    if scenario.remote is None:
        return []
    from v2x.assembly import remote_faults
    from v2x.field.load import field_of
    from v2x.traffic.build import plane_of

    field = field_of(scenario)
    return remote_faults(scenario, field, plane_of(scenario, field))


def _links(scenario: Scenario) -> Iterator[InputError]:
    for ask in (_sites, _error_curve, _of_others):
        try:
            ask(scenario)
        except InputError as error:
            yield error


def _sites(scenario: Scenario) -> None:
    """A 5G network by geometry needs sites."""
    uu = scenario.links.uu
    if isinstance(uu, GeometricUu):
        from v2x.field.load import field_of
        from v2x.links.cellular.network import Network

        Network(uu, field_of(scenario), scenario.seed)


def _of_others(scenario: Scenario) -> None:
    """What links of other packages make of their settings."""
    if isinstance(scenario.links.pc5, PluginPc5) or isinstance(scenario.links.uu, PluginUu):
        from v2x.clock import to_ns
        from v2x.field.load import field_of
        from v2x.links.build import build_pc5, build_uu

        field = field_of(scenario)
        build_pc5(scenario.links.pc5, scenario.seed, field)
        build_uu(scenario.links.uu, scenario.seed, to_ns(scenario.duration_s), field)


def _laws(scenario: Scenario) -> list[InputError]:
    """A control law has gains of its own."""
    if scenario.platoon is None or not scenario.platoon.gains:
        return []
    from v2x.control.build import law_faults

    return law_faults(scenario.platoon)


def _error_curve(scenario: Scenario) -> None:
    """A curve of block error rate goes by name."""
    pc5 = scenario.links.pc5
    if isinstance(pc5, Sidelink) and pc5.curve is not None:
        from v2x.links.sidelink.layout import curve_of, shapes_of

        curve_of(pc5, shapes_of(pc5).block(pc5.mcs, 1))
