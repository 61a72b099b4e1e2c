"""Rules that are written in Rego: found by their METADATA, judged through one compiled bundle.

Listing rules reads METADATA only; the engine is imported and the modules are compiled when the
first rule is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from scanner import __version__
from scanner.errors import EngineError, RuleError
from scanner.model import Flow, Resource, Trail
from scanner.rego import cache
from scanner.rego.engine import Compiled, Engine, Module, engine
from scanner.rego.projection import FIELDS, Projector, flow, grouped
from scanner.rego.written import VERDICTS, Written, written
from scanner.rule import Problem, Rule, Severity, Verdict

if TYPE_CHECKING:
    from scanner.graph import Graph
    from scanner.policy import Policy


class Bundle(Struct):
    """Modules that are compiled together, at most once a run and rarely that."""

    modules: list[Module] = field(default_factory=list)
    rules: list[Written] = field(default_factory=list)
    keep: bool = True
    _compiled: Compiled | None = None
    _projectors: dict[int, tuple[Any, Projector]] = field(default_factory=dict)

    def compiled(self) -> Compiled:
        """Return the modules, ready to answer. Raises EngineError."""
        if self._compiled is None:
            self._compiled = _compiled(self)
        return self._compiled

    def projector(self, policy: Policy) -> Projector:
        """Return the projector of a policy, which remembers what it worked out."""
        found = self._projectors.get(id(policy))
        if found is None or found[0] is not policy:
            found = self._projectors[id(policy)] = (policy, Projector(policy))
        return found[1]


def load(folders: Iterable[Path], *, library: Path | None = None, keep: bool = True) -> list[Rule]:
    """Return the rules of all Rego files below some folders.

    ``library`` is the folder of helper modules that every rule may import. Raises RuleError,
    naming file and line, for a file that no engine should be given.
    """
    files = [path for folder in folders for path in sorted(folder.rglob("*.rego"))]
    shared = sorted(library.rglob("*.rego")) if library is not None else []
    modules = [
        _module(path)
        for path in dict.fromkeys((*shared, *files))
        if not path.name.endswith("_test.rego")
    ]
    bundle = Bundle(modules, written(modules, keep=keep), keep)
    return [_rule(bundle, rule) for rule in bundle.rules]


def _module(path: Path) -> Module:
    try:
        return Module(str(path), path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: cannot be read: {error}") from error


def _rule(bundle: Bundle, rule: Written) -> Rule:
    about = rule.about
    return Rule(
        id=about.id,
        name=about.name,
        severity=about.severity,
        summary=about.summary,
        doc=about.doc,
        run=partial(_run, bundle, rule),
        language="rego",
        file=rule.file,
        kinds=about.kinds,
        controls=about.controls,
        precision=about.precision,
        tags=about.tags,
    )


def _run(bundle: Bundle, rule: Written, graph: Graph, policy: Policy) -> Iterator[Problem]:
    about = rule.about
    projector = bundle.projector(policy)
    reads = about.reads if about.reads is not None else FIELDS
    resources = [
        (resource, projector.resource(resource, reads))
        for resource in graph.resources.values()
        if (resource.kind in about.kinds or (not about.kinds and not about.flows))
        and all(projector.has(resource, field) for field in about.needs)
    ]
    flows = [
        (subject, flow(subject))
        for subject in graph.flows
        if subject.kind in about.flows or "*" in about.flows
    ]
    common = {"policy": policy.as_input()}
    if about.scope == "all":
        document = {
            **common,
            "resources": [{"n": n, **item} for n, (_, item) in enumerate(resources)],
            "flows": [{"n": n, **item} for n, (_, item) in enumerate(flows, len(resources))],
        }
        if resources or flows:
            alone: list[list[Resource | Flow]] = [[subject] for subject, _ in resources]
            alone += [[subject] for subject, _ in flows]
            yield from _asked(bundle, rule, document, "resources and flows", alone)
        return
    for key, subjects in (("resources", resources), ("flows", flows)):
        for chunk, alike in grouped(subjects):
            yield from _asked(bundle, rule, {**common, key: chunk}, key, alike)


def _asked(
    bundle: Bundle,
    rule: Written,
    document: dict[str, Any],
    key: str,
    alike: Sequence[Sequence[Resource | Flow]],
) -> Iterator[Problem]:
    """Ask the engine about one document, and yield each answer for all that look like it."""
    try:
        found = bundle.compiled().evaluate([rule.entrypoint(name) for name in rule.sets], document)
    except EngineError as error:
        if rule.about.id in error.message:
            raise
        raise EngineError(
            f"rule {rule.about.id} ({rule.about.name}) could not be judged: {error.message}",
            hint=error.hint or f"it is written in {rule.file}",
            span=error.span,
        ) from error
    for name, answers in zip(rule.sets, found, strict=True):
        for answer in sorted(answers, key=repr):
            number = _number(rule, answer, name, len(alike), key)
            for subject in alike[number]:
                yield _problem(rule, answer, subject, VERDICTS[name])


def _number(rule: Written, answer: Any, name: str, size: int, key: str) -> int:
    number = answer.get("n") if isinstance(answer, dict) else None
    if not isinstance(number, int) or not 0 <= number < size:
        raise RuleError(
            f"{rule.file}: '{name}' of {rule.about.id} holds {str(answer)[:80]}, "
            f"which is about none of the {key}",
            hint="add what lib.problem(resource, message) returns",
        )
    if not isinstance(answer.get("message"), str):
        raise RuleError(f"{rule.file}: a problem of {rule.about.id} has no message")
    return number


def _problem(
    rule: Written, answer: dict[str, Any], subject: Resource | Flow, verdict: Verdict
) -> Problem:
    name = subject.address if isinstance(subject, Resource) else subject.source.partition("#")[2]
    path = str(answer.get("path", ""))
    trail: Trail = ()
    index = answer.get("location")
    if isinstance(subject, Resource) and isinstance(index, int) and index < len(subject.locations):
        location = subject.locations[index]
        path, trail = path or location.path, location.trail
    severity = answer.get("severity")
    if severity is not None and severity not in {item.value for item in Severity}:
        raise RuleError(f"{rule.file}: {rule.about.id} gives the severity {severity!r}")
    return Problem(
        subject,
        f"'{name}' {answer['message']}",
        path=path,
        verdict=verdict,
        help=str(answer.get("help", "")),
        trail=trail,
        severity=Severity(severity) if severity is not None else None,
    )


def _compiled(bundle: Bundle) -> Compiled:
    chosen = engine()
    entrypoints = [rule.entrypoint(name) for rule in bundle.rules for name in rule.sets]
    texts = [part for module in bundle.modules for part in (module.file, module.text)]
    versions = (__version__, chosen.name, chosen.version)
    path = cache.place((*versions, *texts), ".rbb") if bundle.keep else None
    if path is not None and cache.whole(path):
        found = chosen.load(path)
        if found is not None:
            return found
    _refuse_traps(bundle, chosen)
    compiled = chosen.compile(bundle.modules, entrypoints)
    if path is not None:
        _save(compiled, path)
    return compiled


def _refuse_traps(bundle: Bundle, chosen: Engine) -> None:
    """Refuse what the engine would silently get wrong. A cached bundle has passed already."""
    from scanner.rego import traps

    parsed = [traps.parse(module.file, module.text) for module in bundle.modules]
    for module in parsed:
        for call in traps.check(module, parsed):
            if not chosen.knows(call.name):
                raise RuleError(
                    f"{call.file}:{call.line}: the engine has no function {call.name!r}",
                    hint="it would be undefined, and the rule would never fire",
                )


def _save(compiled: Compiled, path: Path) -> None:
    """Keep a bundle for the next run; a cache that cannot be written is none."""
    try:
        temporary = cache.beside(path)
        compiled.save(temporary)
        cache.sign(path, temporary.read_bytes())
        temporary.replace(path)
        cache.prune(path.parent)
    except OSError:
        return


__all__ = ["Bundle", "load"]
