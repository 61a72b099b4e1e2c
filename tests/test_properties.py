"""Whatever is written: reading never raises, and evaluating never does.

Each example is a folder with one hostile file beside an innocent module, whose bucket must
still be located; the inventory must be valid JSON that any reader of the contract accepts.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import paths, scan
from scanner.model import Unread
from scanner.report import INVENTORY
from scanner.settings import Settings
from scanner.sources.terraform import hcl, hcl_json, module, traverse, tree

GOOD = 'resource "aws_s3_bucket" "good" {\n  region = "eu-west-1"\n}\n'
FIXTURES = Path(__file__).parent.parent / "fixtures"
SUFFIXES = (".tf", ".tf.json", ".tfvars", ".tfvars.json")


def bounded(examples: int) -> settings:
    """Return the settings of a property: as many examples, and the same ones every time."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def parsed(name: str, text: bytes) -> list[Unread]:
    """Parse a text as a file of that name, every body and expression of it."""
    found: list[Unread] = []
    source = hcl.File(name, text.decode("utf-8", "replace").encode())
    if name.endswith(".tfvars.json"):
        attributes = hcl_json.values(source, found.append)
        body = hcl.Body(source, None, attributes, [])
    else:
        body = module.body_of(source, found.append)
    stack = [body]
    while stack:
        body = stack.pop()
        for attribute in body.attributes.values():
            nodes: list[tree.Node] = [attribute.expression]
            while nodes:
                nodes.extend(traverse.parts(nodes.pop()))
            source.span(attribute.at)
        stack.extend(block.body for block in body.blocks)
    module.report_faults(source, found.append)
    return found


def scanned(files: dict[str, bytes]) -> dict[str, Any]:
    """Scan a folder with these files beside an innocent one; return the inventory as JSON."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path, content in {**files, "innocent/main.tf": GOOD.encode()}.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        report = scan.inventory(Settings(root=root))
        text = INVENTORY["json"](report)
        for resource in report.graph.resources.values():
            # What a report asks for when it explains a finding.
            for path, _ in list(paths.walk(resource.attributes))[:20]:
                assert resource.origin.span(path).line > 0
                assert resource.origin.trail(path)
    found: dict[str, Any] = json.loads(text.encode("utf-8"), parse_constant=_refused)
    # From the graph: a password that reads `eu-west-1` is struck out of the report.
    good = report.graph.resources["innocent#aws_s3_bucket.good"]
    assert [place.region for place in good.locations] == ["eu-west-1"]
    return found


def _refused(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


# What stands in a file: anything, HCL, and HCL with something wrong in it.

NAMES = ("a", "b", "region", "for", "null", "true", "each", "count", "self", "é", "x-y", "_")
NUMBERS = ("0", "1", "-1", "1.5", "1e3", "1e400", "1e-400", "9" * 700, "0x1f", "1e999999999")
WORDS = (
    "eu-west-1", "", "$", "$${", "%%{", "\\n", "\\u00e9", "\\ud800", "\\", "é", "\u202e", "a/b",
    "../..", "/etc/passwd", "[", "(?P<a>.)", "^(a|a)*$", "%d", "%999999d", "{", "1", "true",
)  # fmt: skip
FUNCTIONS = (
    "abs", "base64decode", "chunklist", "cidrhost", "cidrsubnet", "cidrsubnets", "coalesce",
    "concat", "contains", "csvdecode", "distinct", "element", "file", "fileset", "flatten",
    "format", "formatdate", "formatlist", "indent", "index", "join", "jsondecode", "jsonencode",
    "keys", "length", "log", "lookup", "max", "merge", "nosuch", "one", "parseint", "pow", "range",
    "regex", "regexall", "replace", "setproduct", "slice", "sort", "split", "substr", "sum",
    "templatefile", "templatestring", "timeadd", "title", "tolist", "tomap", "tonumber", "toset",
    "transpose", "try", "can", "upper", "urlencode", "values", "yamldecode", "yamlencode",
    "zipmap", "provider::x::y", "sha256", "textdecodebase64", "signum", "trimspace", "strrev",
)  # fmt: skip
REFERENCES = (
    "var.a", "var.b", "local.a", "local.b", "module.m.a", "module.m", "each.key", "each.value.a",
    "count.index", "aws_s3_bucket.a", "aws_s3_bucket.a[0].region", "aws_s3_bucket.a[*].id",
    "data.aws_region.a.name", "data.aws_region.a", "path.module", "terraform.workspace", "self.a",
    "aws_s3_bucket.a.*.tags.0", "var", "local", "data", "aws.a", "x",
)  # fmt: skip
OPERATORS = ("+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||")


def _joined(*parts: Any) -> st.SearchStrategy[str]:
    made = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*made).map("".join)


def _listed(items: st.SearchStrategy[str], between: str, most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(items, max_size=most).map(between.join)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    name, text = st.sampled_from(NAMES), st.sampled_from(WORDS)
    return st.one_of(
        _joined("(", inner, ")"),
        _joined(st.sampled_from(("-", "!")), inner),
        _joined(inner, " ", st.sampled_from(OPERATORS), " ", inner),
        _joined(inner, " ? ", inner, " : ", inner),
        _joined("[", _listed(inner, ", "), "]"),
        _joined("{ ", _listed(_joined(name, " = ", inner), ", "), " }"),
        _joined("{ (", inner, ") = ", inner, " }"),
        _joined("[for ", name, ", ", name, " in ", inner, " : ", inner, " if ", inner, "]"),
        _joined("[for a in ", inner, " : a]"),
        _joined("{for a in ", inner, " : a => ", inner, "...}"),
        _joined("{for b, a in ", inner, " : b => ", inner, "}"),
        _joined(st.sampled_from(FUNCTIONS), "(", _listed(inner, ", "), ")"),
        _joined(st.sampled_from(FUNCTIONS), "(", inner, "...)"),
        _joined(inner, "[", inner, "]"),
        _joined(inner, st.sampled_from(("[*]", ".*", ".0", ".a", "[*].a[0]", ".*.a"))),
        _joined('"', text, "${", inner, "}", text, '"'),
        _joined('"%{ if ', inner, " }", text, "%{ else }${", inner, '}%{ endif }"'),
        _joined('"%{ for a in ', inner, " ~}${a}", text, '%{ endfor }"'),
        _joined("<<-EOT\n  ", text, "${", inner, "}\n  EOT\n"),
    )


expressions = st.recursive(
    st.one_of(
        st.sampled_from(NUMBERS),
        st.sampled_from(WORDS).map(lambda word: f'"{word}"'),
        st.sampled_from(REFERENCES),
        st.sampled_from(("true", "false", "null", "[]", "{}")),
    ),
    _larger,
    max_leaves=8,
)

HEADERS = (
    "locals", "terraform", 'variable "a"', 'variable "b"', 'output "a"', 'module "m"',
    'resource "aws_s3_bucket" "a"', 'resource "aws_s3_bucket" "a"', 'data "aws_region" "a"',
    'resource "azurerm_storage_account" "a"', 'provider "aws"', 'dynamic "a"', "content",
    'backend "s3"', "validation", "lifecycle", "a", 'check "a"', 'moved', 'ephemeral "x" "a"',
)  # fmt: skip
ATTRIBUTES = (
    "a", "b", "region", "bucket", "count", "for_each", "provider", "providers", "depends_on",
    "source", "default", "type", "value", "alias", "iterator", "labels", "condition", "nullable",
    "location", "tags", "input", "name",
)  # fmt: skip
SOURCES = ('"./m"', '"./"', '"../.."', '"/etc"', '"hashicorp/x/aws"', '"git::https://x/y.git"')

_entry = st.one_of(
    _joined(st.sampled_from(ATTRIBUTES), " = ", expressions, "\n"),
    _joined("source = ", st.sampled_from(SOURCES), "\n"),
    st.just("type = map(object({ a = optional(string, 1) }))\n"),
)


def _block(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return _joined(st.sampled_from(HEADERS), " {\n", _listed(inner, "", 4), "}\n")


bodies = _listed(
    _block(st.one_of(_entry, _entry, _block(st.one_of(_entry, _block(_entry))))), "", 5
)

WRITTEN = [
    (file.name[file.name.index(".") :], file.read_bytes())
    for folder in ("repos/northwind", "sources", "rules")
    for file in sorted((FIXTURES / folder).rglob("*"))
    if file.name.endswith(SUFFIXES)
]
TOKENS = (
    b"{", b"}", b"(", b")", b"[", b"]", b'"', b"${", b"%{", b"}", b"<<EOT\n", b"\nEOT\n", b"\n",
    b"=", b"...", b"?", b":", b".", b"*", b"/*", b"*/", b"#", b"\0", b"\xff", b"\xed\xa0\x80",
    b"\xef\xbb\xbf", b"\r", b"\\", b"\\u12", b"$${", b"~}", b"for", b"in", b"if", b",",
    b"\xe2\x80\xa8", b"null", b"1e9999", b"-", b"!",
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a fixture with bytes flipped, parts cut out, doubled or swapped, tokens put in."""
    suffix, text = draw(st.sampled_from(WRITTEN))
    for _ in range(draw(st.integers(1, 6))):
        first = draw(st.integers(0, len(text)))
        last = min(len(text), first + draw(st.integers(0, 200)))
        part = text[first:last]
        kind = draw(st.sampled_from(["flip", "cut", "end", "double", "swap", "put", "reverse"]))
        if kind == "flip":
            flipped = bytes([draw(st.integers(0, 255))])
            text = text[:first] + flipped + text[first + 1 :]
        elif kind == "cut":
            text = text[:first] + text[last:]
        elif kind == "end":
            text = text[:first]
        elif kind == "double":
            text = text[:last] + part + text[last:]
        elif kind == "swap":
            other = draw(st.integers(0, len(text)))
            text = text[:other] + part + text[other:]
        elif kind == "put":
            times = draw(st.sampled_from((1, 1, 1, 2, 150)))
            text = text[:first] + draw(st.sampled_from(TOKENS)) * times + text[first:]
        else:
            text = text[:first] + part[::-1] + text[last:]
    return suffix, text


anything = st.tuples(
    st.sampled_from(SUFFIXES),
    st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(TOKENS)).map(b"".join)),
)

_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), expressions.map("${{{}}}".format),
    st.sampled_from(WORDS), st.text(max_size=8),
)  # fmt: skip
_keys = st.sampled_from([*NAMES, *ATTRIBUTES, "//", "aws_s3_bucket", "aws", "m", "backend", "s3"])
_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_keys, inner, max_size=3)),
    max_leaves=8,
)
_labelled = st.dictionaries(_keys, st.dictionaries(_keys, _values, max_size=2), max_size=2)
documents = st.dictionaries(
    st.sampled_from(["resource", "data", "locals", "variable", "module", "provider", "terraform",
                     "output", "check", "x"]),
    st.one_of(_labelled, st.dictionaries(st.just("aws_s3_bucket"), _labelled), _values),
    max_size=4,
).map(lambda found: json.dumps(found).encode())  # fmt: skip


def _file(suffix: str) -> str:
    return f"bad{suffix}" if suffix.startswith(".tf.") or suffix == ".tf" else f"terraform{suffix}"


@bounded(400)
@given(st.one_of(anything, mutated(), documents.map(lambda text: (".tf.json", text))))
def test_parsing_never_raises(file: tuple[str, bytes]) -> None:
    suffix, text = file
    parsed(_file(suffix), text)


@bounded(200)
@given(bodies, st.sampled_from(("a = 1\n", 'a = "x"\nb = [1, {}]\n', "")), expressions)
def test_evaluating_what_a_grammar_makes_never_raises(text: str, given: str, inner: str) -> None:
    called = f'variable "a" {{\n  default = {inner}\n}}\noutput "a" {{\n  value = var.a\n}}\n'
    scanned(
        {"bad.tf": text.encode(), "terraform.tfvars": given.encode(), "m/m.tf": called.encode()}
    )


@bounded(120)
@given(mutated())
def test_evaluating_a_mutated_file_never_raises(file: tuple[str, bytes]) -> None:
    suffix, text = file
    scanned({_file(suffix): text})


@bounded(120)
@given(st.one_of(documents.map(lambda text: (".tf.json", text)), anything))
def test_scanning_anything_never_raises(file: tuple[str, bytes]) -> None:
    suffix, text = file
    scanned({_file(suffix): text})
