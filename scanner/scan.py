"""One run, from paths to a report: the data path, stage by stage."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scanner import files, graph, policy
from scanner.errors import ScanError
from scanner.finding import Report
from scanner.sources.source import Reading

if TYPE_CHECKING:
    from scanner.files import Found
    from scanner.graph import Graph
    from scanner.policy import Policy
    from scanner.settings import Settings
    from scanner.sources.source import Input


def run(settings: Settings) -> Report:
    """Scan and judge. Raises ScanError where no verdict can be given."""
    from scanner import ruleset
    from scanner.judge import exit_code, judge, ordered
    from scanner.settle import settle

    with _without_collector():
        rules = ruleset.load(settings)
        report = inventory(settings)
        # What a rule prints must not end up in the report.
        with redirect_stdout(sys.stderr):
            found = list(judge(rules, report.graph, report.policy))
        findings = ordered(settle(found, report.graph, report.policy, settings))
        code = exit_code(findings, report.graph, settings)
        return replace(report, findings=findings, rules=rules, exit_code=code)


def inventory(settings: Settings) -> Report:
    """Scan without judging: what is where. Raises ScanError where there is nothing to read."""
    with _without_collector():
        rulebook = policy.load(settings)
        found = files.find(settings, rulebook)
        reading = _read(found, settings)
        rulebook = rulebook.with_units(reading.units)
        built = graph.build(
            reading.declarations,
            reading.strings,
            reading.units,
            (*found.unread, *reading.unread),
            rulebook,
        )
        built = replace(built, sensitive=_hidden(reading, built, settings))
        _refuse_nothing(built, settings)
        notes = (*reading.notes, *_notes(rulebook, found, settings))
        return Report((), (), built, rulebook, settings, notes=notes)


def _hidden(reading: Reading, built: Graph, settings: Settings) -> tuple[str, ...]:
    """Return the sensitive texts but those that name a place: a report would say nothing.

    Secrets that were given as variables are hidden too, and those that only a plan holds: they
    stand in no file to be found in.
    """
    variables = (*settings.environ, *settings.variables)
    found: list[str] = []
    if variables:
        from scanner.secrets import given

        found.extend(given.secrets(variables, built.resources.values()))
    if reading.planned:
        from scanner.secrets import detect

        found.extend(detection.secret.value for detection in detect(reading.planned))
    places = {
        name
        for resource in built.resources.values()
        for at in resource.locations
        for name in (at.region, at.zone, at.group)
    }
    texts = dict.fromkeys((*reading.sensitive, *found))
    return tuple(text for text in texts if text not in places)


def _read(found: Found, settings: Settings) -> Reading:
    from scanner.sources import plan

    if not any(item.source == plan.name for item in found.inputs):
        return _sources(found.inputs, settings)
    plans = plan.read(found.inputs, settings)
    return plan.join(plans, _sources(plans.inputs, settings), settings)


def _sources(inputs: Sequence[Input], settings: Settings) -> Reading:
    from scanner.sources import all_sources

    readings = [
        source.read([item for item in inputs if item.source == source.name], settings)
        for source in all_sources()
        if any(item.source == source.name for item in inputs)
    ]
    return Reading(
        tuple(unit for reading in readings for unit in reading.units),
        tuple(item for reading in readings for item in reading.declarations),
        tuple(item for reading in readings for item in reading.strings),
        tuple(item for reading in readings for item in reading.unread),
        tuple(item for reading in readings for item in reading.sensitive),
        notes=tuple(item for reading in readings for item in reading.notes),
    )


def _refuse_nothing(built: Graph, settings: Settings) -> None:
    """A scan of nothing has no verdict, and neither has one that could read nothing."""
    if built.resources or built.strings:
        return
    where = ", ".join(settings.paths)
    if built.unread:
        first = built.unread[0]
        line = f":{first.line}" if first.line is not None else ""
        more = f" (and {len(built.unread) - 1} more)" if len(built.unread) > 1 else ""
        raise ScanError(
            f"nothing could be read in {where}: {first.path}{line}: {first.reason}{more}",
            hint=first.hint,
        )
    if not built.units:
        raise ScanError(
            f"nothing to scan in {where}: no Terraform, no plan and no Kubernetes manifests",
            hint="give the folder that holds them; what .gitignore and .domicileignore name is "
            "left out",
        )


def _notes(rulebook: Policy, found: Found, settings: Settings) -> tuple[str, ...]:
    notes: list[str] = []
    above = None if rulebook.path is not None else policy.further_up(settings.root)
    if above is not None:
        shown = os.path.relpath(above, settings.root)
        notes.append(
            f"the policy {shown} was not read: scan from its folder, or give --policy {shown}"
        )
    elif not rulebook.present:
        notes.append(
            "no policy says what may lie where: `domicile init` writes a first one, "
            "`--allow EEA` tries one"
        )
    alone = [path for path in settings.paths if path.endswith((".tf", ".tofu", ".tfvars"))]
    if alone:
        notes.append(f"{alone[0]} is judged with the rest of its module: a module is one unit")
    name = settings.environment
    terraform = [item for item in found.inputs if item.source == "terraform"]
    if name is not None and terraform and not any(item.variables for item in terraform):
        notes.append(f"no variable file carries the name of the environment {name!r}")
    if settings.paths == (".",):
        folders = {item.path for item in terraform}
        notes += [
            f"the policy's terraform root {entry.root!r} holds no Terraform of this scan"
            for entry in rulebook.terraform
            if entry.root not in folders
        ]
    if found.ignored:
        shown = ", ".join(found.ignored[:3])
        more = f" and {len(found.ignored) - 3} more" if len(found.ignored) > 3 else ""
        notes.append(f"left out by ignore files: {shown}{more}")
    return tuple(notes)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the cycle collector: a run only ever adds, and ends; it would look in vain."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
