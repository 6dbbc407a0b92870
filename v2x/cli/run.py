"""``v2x run``: play a scenario, record it, score it, draw its report."""

from __future__ import annotations

import json
from pathlib import Path

import click

from v2x.cli.checks import check_asked
from v2x.cli.options import lang, overrides
from v2x.cli.simulation import free_folder, simulate
from v2x.errors import InputError
from v2x.record.folder import VARIANTS
from v2x.scenario.loader import load_scenario, variants_of


@click.command("run")
@click.argument("scenario")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder to write; default runs/<name>-s<seed>.")
@click.option("--force", is_flag=True, help="Replace a run that is in the folder already.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed instead of the scenario's.")
@click.option("--duration", "duration_s", type=float, help="Simulated seconds instead of the scenario's.")
@click.option("--engine", type=click.Choice(["libsumo", "traci"]), help="How SUMO is reached; default libsumo.")
@click.option("--gui", is_flag=True, help="Open sumo-gui (over TraCI).")
@click.option("--no-report", is_flag=True, help="Score, but draw no report.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object to stdout.")
@lang
@overrides
def command(
    scenario: str,
    out: Path | None,
    force: bool,
    seed: int | None,
    duration_s: float | None,
    engine: str | None,
    gui: bool,
    no_report: bool,
    as_json: bool,
    lang: str,
    overrides: tuple[str, ...],
) -> int:
    """Run SCENARIO (a shipped name or a YAML file) and leave a scored run folder."""
    if gui and engine == "libsumo":
        raise InputError("--gui needs --engine traci")
    loaded = load_scenario(scenario, overrides, seed=seed, duration_s=duration_s)
    check_asked(loaded)
    folder = out or free_folder(loaded)
    engine = engine or ("traci" if gui else "libsumo")
    variants = variants_of(loaded)
    outcome, wall_s = simulate(loaded, folder, force=force, engine=engine, gui=gui)

    from v2x_analysis import score
    from v2x_analysis.report import write_report

    for name, variant in variants.items():
        simulate(variant, folder / VARIANTS / name, force=force, engine=engine)
        score(folder / VARIANTS / name)
    card = score(folder)
    if not no_report:
        write_report(folder, lang=lang)
    if as_json:
        summary = {"run": str(folder), "digest": outcome.digest, "verdict": card.verdict, "scorecard": card.flat()}
        click.echo(json.dumps(summary, ensure_ascii=False))
    factor = loaded.scenario.duration_s / wall_s
    click.echo(
        f"{loaded.scenario.name}: {card.verdict}, {loaded.scenario.duration_s:g} s simulated in {wall_s:.1f} s "
        f"({factor:.1f} x real time), digest {outcome.digest}, {folder}",
        err=True,
    )
    return 1 if card.verdict == "FAIL" else 0
