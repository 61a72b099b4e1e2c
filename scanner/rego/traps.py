"""What a Rego module must not hold, because the engine would answer it wrongly and silently.

The engine never fires a rule that reads a name which is bound nowhere, and dies on a few idioms
of everyday Rego. `check` refuses both before anything runs, with the line and the safe form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from scanner.errors import RuleError
from scanner.model import Span
from scanner.rego.tokens import Token, arguments, closing, statements, tokens

_LARGEST = 200_000
_DEEPEST = 60
_KEYWORDS = frozenset({
    "as", "contains", "data", "default", "else", "every", "false", "if", "import", "in",
    "input", "not", "null",
    "package", "some", "true", "with",
})  # fmt: skip
_FLAGS = re.compile(r"\(\?[a-zA-Z-]+[:)]|\(\?P<|\\[pP]\{?")
_ELSEWHERE = "the model is asked once, offline and the same on every day"
_REFUSED = {
    "print": "its output would go into the report",
    "opa.runtime": "it would show the environment of the scan",
    "http.send": _ELSEWHERE,
    "net.lookup_ip_addr": _ELSEWHERE,
    "time.now_ns": _ELSEWHERE,
    "rand.intn": _ELSEWHERE,
    "uuid.rfc4122": _ELSEWHERE,
}


class Parsed(Struct, frozen=True):
    """A module as far as the checks need it."""

    file: str
    package: str
    rules: tuple[tuple[Token, ...], ...]
    imports: Mapping[str, str]
    functions: Mapping[str, int]
    names: frozenset[str] = field(default_factory=frozenset)


class Call(Struct, frozen=True):
    """A call of something that no module defines: a built-in function, if the engine has it."""

    name: str
    file: str
    line: int


def parse(file: str, text: str) -> Parsed:
    """Return a module's parts. Raises `RuleError` for what no engine should be given."""
    if len(text) > _LARGEST:
        raise RuleError(f"{file}: larger than {_LARGEST} characters", hint="split the file")
    if "\0" in text:
        raise RuleError(f"{file}: holds a NUL character", hint="remove it")
    package = ""
    imports: dict[str, str] = {}
    rules: list[tuple[Token, ...]] = []
    functions: dict[str, int] = {}
    found = tokens(text)
    _shallow(file, found)
    for statement in statements(found):
        first = statement[0]
        if first.text == "package":
            package = _dotted(statement[1:])
        elif first.text == "import":
            path = _dotted(statement[1:])
            named = len(statement) > 2 and statement[-2].text == "as"
            path = path.removesuffix(f"as{statement[-1].text}") if named else path
            imports[statement[-1].text] = path
        else:
            rules.append(statement)
            if len(statement) > 1 and statement[1].text == "(" and statement[1].glued:
                functions[first.text] = arguments(statement, 1)
    if not package:
        raise error(
            file, found[0] if found else Token("", "", 1, 1), "no package",
            "the first line is: package domicile.rules.<name>",
        )  # fmt: skip
    names = frozenset(_head(rule).text for rule in rules)
    return Parsed(file, package, tuple(rules), imports, functions, names)


def check(module: Parsed, others: Iterable[Parsed]) -> Iterator[Call]:
    """Raise `RuleError` for the first trap in a module; yield its calls of built-in functions.

    ``others`` are all modules that are compiled together, this one among them.
    """
    known = _Known.of(module, others)
    for rule in module.rules:
        _idioms(module.file, rule)
        yield from _names(module, rule, known)


def error(file: str, token: Token, message: str, hint: str) -> RuleError:
    """Return the refusal of something at a token."""
    end = token.column + len(token.text)
    return RuleError(
        f"{file}:{token.line}: {message}",
        hint=hint,
        span=Span(file, token.line, token.column, token.line, end),
    )


def _shallow(file: str, found: tuple[Token, ...]) -> None:
    depth = 0
    for token in found:
        if token.kind == "mark":
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth > _DEEPEST:
                raise error(file, token, f"brackets nest deeper than {_DEEPEST}", "use helpers")


def _dotted(found: Iterable[Token]) -> str:
    return "".join(token.text for token in found)


def _head(rule: tuple[Token, ...]) -> Token:
    return rule[1] if rule[0].text == "default" and len(rule) > 1 else rule[0]


def _idioms(file: str, rule: tuple[Token, ...]) -> None:
    """Refuse what the engine reads otherwise than it is meant."""
    _rule_head(file, rule)
    safe = "write: some x in list, or: some index, x in list"
    for at, token in enumerate(rule):
        after = rule[at + 1] if at + 1 < len(rule) else Token("", "", 0, 0)
        if token.kind == "template":
            raise error(file, token, "text with values in it is not supported", "use sprintf")
        if token.kind == "string":
            _string(file, token)
        elif token.text == "_" and not _declared(rule, at):
            raise error(file, token, "the engine gets '_' here wrong", safe)
        elif token.text == "some" and not _some_in(rule, at):
            raise error(file, token, "the engine gets 'some' without 'in' wrong", safe)
        elif token.text == "=" and token.kind == "mark":
            raise error(
                file, token, "'=' both compares and binds", "write := to bind, == to compare"
            )
        elif token.text == "with" and after.text == "input" and rule[at + 2].text == "as":
            raise error(
                file,
                token,
                "the engine dies of 'with input as'",
                "replace one part: with input.a as",
            )
        elif token.text == "]" and after.text == ":=" and token.kind == "mark":
            raise error(
                file, token, "the engine gets a list on the left of := wrong",
                "bind the list, then take its members: pair[0]",
            )  # fmt: skip
        elif token.text == "}" and after.text == "{":
            raise error(file, after, "a rule with two bodies", "write the head again")


def _rule_head(file: str, rule: tuple[Token, ...]) -> None:
    head = rule[0]
    second = rule[1].text if len(rule) > 1 else ""
    if head.kind != "name":
        raise error(file, head, f"{head.text!r} begins no rule", "rules begin with their name")
    if head.text in ("deny", "undecided") and second != "contains":
        raise error(
            file, head, f"'{head.text}' is not a set of problems",
            f"write: {head.text} contains lib.problem(…) if {{ … }}",
        )  # fmt: skip
    depth = 0
    for token in rule[1:]:
        if (token.kind == "name" and token.text in ("if", "contains")) or token.text == ":=":
            return
        if token.text == "{" and token.kind == "mark" and depth == 0:
            raise error(file, token, "a body without 'if' is Rego of before 1.0", "write: if {")
        if token.kind == "mark":
            depth += (token.text in "([") - (token.text in ")]")


def _string(file: str, token: Token) -> None:
    found = _FLAGS.search(token.text)
    if found is not None:
        raise error(
            file, token, f"the engine's regular expressions have no {found[0]!r}",
            "compare with lower(x), or list the letters",
        )  # fmt: skip
    if "%q" in token.text:
        raise error(file, token, "the engine leaves %q as it is", "write %v")


def _declared(rule: tuple[Token, ...], at: int) -> bool:
    """Say whether an underscore stands where ``some`` or ``every`` declares names."""
    while at > 0 and ((rule[at].kind == "name" and rule[at].text not in _KEYWORDS)
                      or rule[at].text == ","):  # fmt: skip
        at -= 1
    return rule[at].text in ("some", "every")


def _some_in(rule: tuple[Token, ...], at: int) -> bool:
    for token in rule[at + 1 :]:
        if token.text == "in":
            return True
        if token.text != "," and (token.kind != "name" or token.text in _KEYWORDS):
            return False
    return False


class _Known(Struct, frozen=True):
    """What a module can name: packages, and functions with the number of their arguments."""

    packages: Mapping[str, frozenset[str]]
    functions: Mapping[str, int]

    @classmethod
    def of(cls, module: Parsed, others: Iterable[Parsed]) -> _Known:
        packages: dict[str, frozenset[str]] = {}
        functions: dict[str, int] = {}
        for other in (module, *others):
            packages[other.package] = packages.get(other.package, frozenset()) | other.names
            functions.update({f"{other.package}.{n}": c for n, c in other.functions.items()})
        return cls(packages, functions)

    def owner(self, path: str) -> tuple[str, str]:
        """Return the package that a dotted path begins with, and the name in it."""
        package = path
        while package and package not in self.packages:
            package = package.rpartition(".")[0]
        return package, path[len(package) + 1 :].partition(".")[0] if package else ""


def _names(module: Parsed, rule: tuple[Token, ...], known: _Known) -> Iterator[Call]:
    """Refuse names that nothing binds and calls that cannot work; yield the other calls."""
    bound = set(_bound(rule)) | known.packages[module.package]
    at = 0
    while at < len(rule):
        token = rule[at]
        if token.kind != "name" or token.text in _KEYWORDS - {"data", "contains"}:
            at += 2 if token.text in ("input",) and _next(rule, at) == "." else 1
            continue
        if at > 0 and rule[at - 1].text == "." and token.glued:
            at += 1
            continue
        end = at
        while _next(rule, end) == "." and end + 2 < len(rule) and rule[end + 2].kind == "name":
            end += 2
        path = "".join(part.text for part in rule[at : end + 1])
        called = _next(rule, end) == "(" and rule[end + 1].glued and (at > 0 or end > at)
        if token.text == "contains" and not called:
            at += 1
            continue
        full = _full(module, path, bound)
        if full is not None:
            _defined(module, token, path, full, known)
            if called:
                _arity(module, rule, end + 1, path, known.functions.get(full))
        elif called:
            yield _builtin(module, rule, end + 1, path)
        elif token.text not in bound and not (at == 0 and _head(rule) is token):
            raise error(
                module.file, token, f"'{token.text}' is bound nowhere in this rule",
                "the engine would never fire it: bind the name with some or :=",
            )  # fmt: skip
        at = end + 1


def _next(rule: tuple[Token, ...], at: int) -> str:
    return rule[at + 1].text if at + 1 < len(rule) and rule[at + 1].kind == "mark" else ""


def _full(module: Parsed, path: str, bound: set[str]) -> str | None:
    """Return the whole path, without ``data.``, of what a module defines; None for the rest."""
    first, _, rest = path.partition(".")
    if first == "data":
        return rest
    imported = module.imports.get(first, "")
    if imported.startswith("data.") and first not in _local(bound, module):
        return f"{imported[5:]}.{rest}" if rest else imported[5:]
    if first in module.functions:
        return f"{module.package}.{first}"
    return None


def _local(bound: set[str], module: Parsed) -> set[str]:
    return bound - set(module.imports)


def _defined(module: Parsed, token: Token, path: str, full: str, known: _Known) -> None:
    package, name = known.owner(full)
    if not package or (name and name not in known.packages[package]):
        raise error(
            module.file, token, f"no module defines '{path}'",
            "the engine would take it as undefined: helpers come from data.domicile.lib and "
            "from modules in the same folder",
        )  # fmt: skip


def _arity(
    module: Parsed, rule: tuple[Token, ...], bracket: int, path: str, wanted: int | None
) -> None:
    given = arguments(rule, bracket)
    if wanted is not None and given != wanted:
        raise error(
            module.file, rule[bracket - 1], f"'{path}' is given {given} of {wanted} arguments",
            "the engine would take the call as undefined",
        )  # fmt: skip
    if wanted is None:
        raise error(module.file, rule[bracket - 1], f"'{path}' is no function", "see its module")


def _builtin(module: Parsed, rule: tuple[Token, ...], bracket: int, path: str) -> Call:
    token = rule[bracket - 1]
    if path in _REFUSED:
        raise error(module.file, token, f"'{path}' is not allowed: {_REFUSED[path]}", "")
    if arguments(rule, bracket) == 0:
        raise error(module.file, token, f"'{path}' is given no argument", "the engine dies of it")
    return Call(path, module.file, token.line)


def _bound(rule: tuple[Token, ...]) -> Iterator[str]:
    """Yield the names that a rule binds: parameters, ``some``, ``every``, ``:=``."""
    if len(rule) > 1 and rule[1].text == "(" and rule[1].glued:
        for token in rule[2 : closing(rule, 1)]:
            if token.kind == "name":
                yield token.text
    for at, token in enumerate(rule):
        if token.text in ("some", "every") and token.kind == "name":
            for other in rule[at + 1 :]:
                if other.text == "in":
                    break
                yield other.text
        elif token.text == ":=" and rule[at - 1].kind == "name":
            yield rule[at - 1].text
        elif token.text == "walk" and _next(rule, at) == "(":
            # It gives its answer in its second argument.
            inside = rule[at + 2 : closing(rule, at + 1)]
            marks = [n for n, part in enumerate(inside) if part.text == "["]
            yield from (part.text for part in inside[marks[-1] if marks else 0 :])
