"""From the text of a policy file to a `Policy`; every fault is found before one is raised."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from datetime import date
from typing import get_args

import yaml

from scanner.errors import PolicyError
from scanner.geography import lookup
from scanner.model import Carries, Span
from scanner.policy.classes import DataClass
from scanner.policy.clusters import Cluster, TerraformRoot
from scanner.policy.packs import pack_fault
from scanner.policy.policy import Policy
from scanner.policy.residency import Residency, Where
from scanner.policy.schema import POLICY
from scanner.policy.shapes import Entry, Page, meant
from scanner.policy.transfers import Transfer
from scanner.policy.waivers import Waiver

_CARRIES: tuple[str, ...] = get_args(Carries)


def read(text: str, file: str, as_of: date) -> Policy:
    """Return the policy that a file's text writes. Raises PolicyError with all faults."""
    page = Page(file, as_of)
    entry = POLICY.read(_compose(text, file), "", page)
    policy = _policy(entry, page) if entry is not None else None
    if page.faults or policy is None:
        raise _error(page)
    return policy


def _compose(text: str, file: str) -> yaml.nodes.Node:
    # The C loader is ten times faster; some builds of PyYAML lack it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise PolicyError(
            f"{file}:{line}:{column}: not YAML: {what}",
            hint="mind the indentation and quote globs that begin with '*'",
            span=Span(file, line, column, line, column),
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise PolicyError(f"{file}: not YAML: {str(error) or 'nested too deeply'}") from error
    if node is None:
        raise PolicyError(
            f"{file}:1:1: the policy is empty",
            hint="begin with 'version: 1', or let 'domicile init' write one",
            span=Span(file, 1, 1, 1, 1),
        )
    return node


def _error(page: Page) -> PolicyError:
    faults = sorted(set(page.faults))
    lines = [f"{page.file}:{span.line}:{span.column}: {text}" for span, text in faults]
    count = f"{len(lines)} faults in the policy; " if len(lines) > 1 else ""
    return PolicyError(
        "\n".join(lines),
        hint=f"{count}every key is described in docs/policy.md",
        span=faults[0][0],
    )


def _policy(entry: Entry, page: Page) -> Policy:
    classes = tuple(_data_classes(entry))
    known = [name for name, _, _ in entry.get("data_classes", ())]
    residency = tuple(_residency(entry.get("residency", ()), known, page))
    for name in entry.get("packs", ()):
        fault = pack_fault(name)
        if fault:
            page.fault(entry.spans["packs"], fault)
    return Policy(
        path=page.file,
        residency=residency,
        transfers=tuple(_transfers(entry.get("transfers", ()), known, page)),
        waivers=tuple(_waivers(entry.get("waivers", ()))),
        clusters=tuple(_clusters(entry.get("clusters", ()), page)),
        terraform=tuple(_terraform(entry.get("terraform", ()), page)),
        data_classes=classes,
        packs=entry.get("packs", ()),
    )


def _data_classes(entry: Entry) -> Iterator[DataClass]:
    for name, span, item in entry.get("data_classes", ()):
        labels = tuple((label, values) for label, _, values in item.get("labels", ()))
        yield DataClass(name, labels, item.get("addresses", ()), span)


def _residency(entries: tuple[Entry, ...], classes: list[str], page: Page) -> Iterator[Residency]:
    lines: dict[str, int] = {}
    for item in entries:
        name, allow = item.get("name"), item.get("allow")
        if name in lines:
            page.fault(
                item.spans["name"],
                f"residency '{name}' is named twice, first on line {lines[name]}",
            )
        elif name is not None:
            lines[name] = item.spans["name"].line
        _known_data(item, classes, page)
        if name is None or allow is None:
            continue
        where = item.get("where")
        yield Residency(
            name=name,
            allow=allow,
            control=item.get("control"),
            data=frozenset(item.get("data", ())),
            where=_where(where) if where is not None else Where(),
            unknown=item.get("unknown", "warn"),
            span=item.span,
        )


def _where(item: Entry) -> Where:
    return Where(
        paths=item.get("paths", ()),
        environments=frozenset(item.get("environments", ())),
        kinds=frozenset(item.get("kinds", ())),
    )


def _known_data(item: Entry, classes: list[str], page: Page, also: tuple[str, ...] = ()) -> None:
    for name in item.get("data", ()):
        if name not in classes and name not in also:
            hint = meant(name, [*classes, *also]) or "; define it under data_classes"
            page.fault(item.spans["data"], f"unknown data class '{name}'{hint}")


def _transfers(entries: tuple[Entry, ...], classes: list[str], page: Page) -> Iterator[Transfer]:
    for number, item in enumerate(entries):
        _known_data(item, classes, page, also=_CARRIES)
        source, target = item.get("from"), item.get("to")
        if source is None or target is None:
            continue
        yield Transfer(
            source=source,
            target=target,
            basis=item.get("basis", ""),
            span=item.span,
            path=f"transfers[{number}]",
            data=frozenset(item.get("data", ())),
            recipient=item.get("recipient", ""),
            reference=item.get("reference", ""),
            owner=item.get("owner", ""),
            expires=item.get("expires"),
        )


def _waivers(entries: tuple[Entry, ...]) -> Iterator[Waiver]:
    for number, item in enumerate(entries):
        expires = item.get("expires")
        if expires is None:
            continue
        yield Waiver(
            rules=item.get("rule", ()),
            addresses=item.get("address", ()),
            paths=item.get("paths", ()),
            reason=item.get("reason", ""),
            expires=expires,
            span=item.span,
            path=f"waivers[{number}]",
            owner=item.get("owner", ""),
        )


def _clusters(entries: tuple[Entry, ...], page: Page) -> Iterator[Cluster]:
    for item in entries:
        provider, region = item.get("provider"), item.get("region")
        if provider is None or region is None:
            continue
        place = lookup(provider, region)
        if place.region is None:
            from scanner.geography.tables import known_providers

            providers = known_providers()
            if place.provider not in providers:
                hint = meant(provider, providers) or f"; known are {', '.join(sorted(providers))}"
                page.fault(item.spans["provider"], f"unknown provider '{provider}'{hint}")
            else:
                hint = f"; did you mean '{place.nearest}'?" if place.nearest else ""
                text = f"unknown region '{region}' of {place.provider}{hint}"
                page.fault(item.spans["region"], text)
            continue
        yield Cluster(item.get("paths", ()), place.provider, region, item.span)


def _terraform(entries: tuple[Entry, ...], page: Page) -> Iterator[TerraformRoot]:
    lines: dict[str, int] = {}
    for item in entries:
        if item.get("root") is None:
            continue
        root = posixpath.normpath(item.get("root"))
        if root in lines:
            text = f"root '{root}' is given twice, first on line {lines[root]}"
            page.fault(item.spans["root"], text)
        lines.setdefault(root, item.spans["root"].line)
        environments: dict[str, tuple[str, ...]] = {}
        for name, span, files in item.get("environments", ()):
            for file in files:
                whole = posixpath.normpath(posixpath.join(root, file))
                if whole.startswith(("../", "/")) or whole == "..":
                    text = f"variable file '{file}' lies outside the working directory"
                    page.fault(span, text)
            environments[name] = files
        yield TerraformRoot(root, environments, item.span)
