"""The fictional company's repository, end to end: everything that is true of it is found.

``expected.yaml`` beside it is the truth, read from the sources by people. Each test names what is
missing, unexpected or different, one line each.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner import scan
from scanner.finding import Report
from scanner.model import Flow, Location, Resource
from scanner.settings import Settings

ROOT = Path(__file__).parents[1] / "fixtures" / "repos" / "northwind"
DAY = datetime.date(2026, 12, 1)
FLOW = "{kind}: {source} -> {target} ({from} -> {to}) crosses {crosses}"
CLOUDS = {"infra/aws", "infra/azure", "infra/gcp", "infra/hetzner", "infra/ovh"}


@cache
def truth() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "expected.yaml").read_text("utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@cache
def report() -> Report:
    return scan.run(Settings(root=ROOT, paths=(".",), as_of=DAY))


@cache
def inventory(environment: str) -> dict[str, Resource]:
    settings = Settings(root=ROOT, paths=(".",), environment=environment, as_of=DAY)
    return dict(scan.inventory(settings).graph.resources)


def shown(location: Location) -> str:
    """Return a location as ``expected.yaml`` writes it, with its zone."""
    where = location.region or ("global" if location.scope == "global" else "?")
    zone = f"/{location.zone}" if location.zone else ""
    countries = "+".join(location.countries) or location.group or "?"
    provider = location.provider or "?"
    return f"{provider}:{where}{zone} {countries} {location.role} {location.status}"


def agrees(expected: str, found: str) -> bool:
    """Compare two locations; the zone only where one is expected."""
    if "/" in expected:
        return expected == found
    place, _, rest = found.partition(" ")
    return expected == f"{place.partition('/')[0]} {rest}"


def differences(expected: dict[str, Any], resource: Resource) -> Iterable[str]:
    if expected["kind"] != resource.kind:
        yield f"is {resource.kind}, expected {expected['kind']}"
    found = [shown(location) for location in resource.locations]
    left = list(found)
    for location in expected["locations"]:
        same = next((other for other in left if agrees(location, other)), None)
        if same is None:
            yield f"lies in {found}, expected {location}"
        else:
            left.remove(same)
    yield from (f"lies in {location}, unexpected" for location in left)


def compared(expected: dict[str, Any], resources: dict[str, Resource]) -> list[str]:
    lines = [f"missing    {id}" for id in expected if id not in resources]
    for id, one in expected.items():
        if id in resources:
            lines += [f"different  {id}: {text}" for text in differences(one, resources[id])]
    return lines


def none(lines: Iterable[str], about: str) -> None:
    found = list(lines)
    assert not found, f"{about}, {len(found)} to settle:\n" + "\n".join(found)


def at(entry: dict[str, Any]) -> tuple[str, int]:
    return entry["file"], entry["line"]


def countries(locations: Iterable[Location]) -> list[str]:
    found: set[str] = set()
    for location in locations:
        found.update(location.countries or (location.group or "?",))
    return sorted(found)


def as_entry(flow: Flow) -> dict[str, Any]:
    """Return a flow in the words of ``expected.yaml``."""
    return {
        "kind": flow.kind,
        "source": flow.source or flow.declared_by.partition("#")[0],
        "target": flow.target or flow.endpoint,
        "from": countries(flow.source_locations),
        "to": countries(flow.target_locations),
        "crosses": [border for border in flow.crosses if border != "control"],
    }


def ends(entry: dict[str, Any]) -> tuple[str, str, str]:
    return entry["kind"], entry["source"], entry["target"]


def test_inventory() -> None:
    expected, resources = truth()["resources"], dict(report().graph.resources)
    lines = compared(expected, resources)
    lines += [f"unexpected {id}" for id in resources if id not in expected]
    none(lines, "resources")


def test_every_resource_of_a_cloud_has_an_operator_or_no_place() -> None:
    # GRA, fsn1 and westeurope are of one cloud each, and each cloud is somebody's.
    none(
        (
            f"no operator {resource.id}"
            for resource in report().graph.resources.values()
            if resource.unit in CLOUDS
            and resource.operator is None
            and any(location.status == "known" for location in resource.locations)
        ),
        "operators",
    )


def test_flows() -> None:
    expected = {ends(entry): entry for entry in truth()["flows"]}
    found = {ends(entry): entry for entry in map(as_entry, report().graph.flows)}
    lines = [
        f"missing    {FLOW.format(**entry)}" for key, entry in expected.items() if key not in found
    ]
    for key, entry in found.items():
        if key not in expected:
            if entry["crosses"]:
                lines.append(f"unexpected {FLOW.format(**entry)}")
        elif entry != expected[key]:
            lines.append(f"different  {FLOW.format(**entry)}")
            lines.append(f"  expected {FLOW.format(**expected[key])}")
    none(lines, "flows")


def test_no_flow_is_said_twice() -> None:
    times = Counter(ends(as_entry(flow)) for flow in report().graph.flows)
    none((f"{count} times {key}" for key, count in times.items() if count > 1), "flows")


def test_secrets() -> None:
    found = {(f.span.file, f.span.line) for f in report().findings if f.rule.id.startswith("DOM3")}
    allowed = set[tuple[str, int]]()
    lines = []
    for secret in truth()["secrets"]:
        own = {(secret["file"], n) for n in (secret["line"], *secret.get("also", ()))}
        allowed |= own
        if not own & found:
            lines.append(f"missing    {secret['file']}:{secret['line']} {secret['what']}")
    why = {at(entry): entry["why"] for entry in truth()["innocent"]}
    lines += [
        f"unexpected {file}:{line} {why.get((file, line), '')}"
        for file, line in sorted(found - allowed)
    ]
    none(lines, "secrets")


def test_findings() -> None:
    secret = {(s["file"], n): s["line"] for s in truth()["secrets"] for n in s.get("also", ())}
    expected = {
        (e["rule"], *at(e)): (e["verdict"], e["status"], e.get("severity"))
        for e in truth()["findings"]
    }
    found: dict[tuple[str, str, int], set[tuple[str, str, str]]] = {}
    for finding in report().findings:
        file, line = finding.span.file, finding.span.line
        if finding.rule.id.startswith("DOM3"):
            line = secret.get((file, line), line)
        answer = (finding.verdict, finding.status, finding.severity.value)
        found.setdefault((finding.rule.id, file, line), set()).add(answer)
    lines = [f"missing    {rule} {file}:{line}" for rule, file, line in expected.keys() - found]
    for (rule, file, line), answers in sorted(found.items()):
        wanted = expected.get((rule, file, line))
        if wanted is None:
            lines.append(f"unexpected {rule} {file}:{line} {sorted(answers)}")
            continue
        verdict, status, severity = wanted
        lines.extend(
            f"different  {rule} {file}:{line} is {given}, expected {wanted}"
            for given in sorted(answers)
            if given[:2] != (verdict, status) or severity not in (None, given[2])
        )
    none(lines, "findings")


@pytest.mark.parametrize("environment", ["prod", "stage"])
def test_an_environment_moves_what_its_variables_name(environment: str) -> None:
    expected = truth()["environments"][environment]
    none(compared(expected, inventory(environment)), environment)


def test_an_environment_leaves_the_rest_where_it_is() -> None:
    moved = truth()["environments"]["prod"]
    rest = {id: one for id, one in truth()["resources"].items() if id not in moved}
    none(compared(rest, inventory("prod")), "prod")


def test_the_truth_points_at_lines_that_are_there() -> None:
    lines = []
    for part in ("secrets", "innocent", "findings"):
        for entry in truth()[part]:
            written = (ROOT / entry["file"]).read_text("utf-8").split("\n")
            if entry["line"] > len(written) or not written[entry["line"] - 1].strip():
                lines.append(f"nothing at {entry['file']}:{entry['line']}")
    none(lines, "expected.yaml")


def test_the_repository_holds_what_it_promises() -> None:
    files = [path for path in ROOT.rglob("*") if path.is_file()]
    kinds = Counter(path.suffix for path in files)
    assert len(files) >= 60
    assert kinds[".tf"] >= 40
    assert kinds[".tfvars"] >= 10
    assert len(list((ROOT / "deploy/charts").rglob("values*.yaml"))) >= 3
    assert len(truth()["secrets"]) == 5
    assert len(truth()["innocent"]) >= 5
    assert len({secret["what"] for secret in truth()["secrets"]}) == 5
    assert {unit for unit in CLOUDS if not (ROOT / unit).is_dir()} == set()


def test_planted_secrets_say_that_they_are_synthetic() -> None:
    lines = []
    for secret in truth()["secrets"]:
        written = (ROOT / secret["file"]).read_text("utf-8").split("\n")
        near = "\n".join(written[max(0, secret["line"] - 10) : secret["line"]])
        if "synthetic" not in near:
            lines.append(f"no mark at {secret['file']}:{secret['line']}")
        if "allowlist secret" in near or "gitleaks:allow" in near:
            lines.append(f"hidden from scanners at {secret['file']}:{secret['line']}")
    none(lines, "secrets")


def test_findings_of_all_statuses_are_there() -> None:
    statuses = Counter(entry["status"] for entry in truth()["findings"])
    assert statuses["waived"] == 2
    assert statuses["ignored"] == 1
    assert statuses["permitted"] == 1
