"""A module as it is written: the files of one folder, their blocks sorted by what they are."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from scanner.model import Unread
from scanner.sources.terraform import hcl, hcl_json, tree

MAX_FILE = 10_000_000
"""The largest configuration file that is read, in bytes."""

MAX_NATIVE = 3_000_000
"""The largest one in native syntax, of which the parser makes a hundred times as much."""

SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")


class Module(Struct):
    """The blocks of one folder. ``path`` is relative to the working directory."""

    path: str
    variables: dict[str, hcl.Block] = field(default_factory=dict)
    locals: dict[str, hcl.Attribute] = field(default_factory=dict)
    outputs: dict[str, hcl.Block] = field(default_factory=dict)
    resources: dict[tuple[str, str, str], hcl.Block] = field(default_factory=dict)
    """By mode (``resource`` or ``data``), type and name."""
    calls: dict[str, hcl.Block] = field(default_factory=dict)
    providers: list[hcl.Block] = field(default_factory=list)
    settings: list[hcl.Block] = field(default_factory=list)
    """The ``terraform`` blocks."""
    configured: dict[tuple[str, str], int] = field(default_factory=dict)
    """By name and alias of a provider: its first place in ``providers``."""
    blocks: list[hcl.Block] = field(default_factory=list)
    """Every top block, in order, whatever it is."""
    files: list[hcl.File] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def backend(self) -> hcl.Block | None:
        """Return the ``backend`` or ``cloud`` block."""
        for block in self.settings:
            for inner in block.body.blocks:
                if inner.type in {"backend", "cloud"}:
                    return inner
        return None


def is_module_file(name: str) -> bool:
    """Say whether a file name is configuration that Terraform or OpenTofu loads."""
    return name.endswith(SUFFIXES) and not name.startswith(".")


def is_override(name: str) -> bool:
    """Say whether Terraform merges the file's blocks over those of the others."""
    stem = name
    for suffix in (".tf.json", ".tofu.json", ".tf", ".tofu"):
        if stem.endswith(suffix):
            stem = stem[: -len(suffix)]
            break
    return stem == "override" or stem.endswith("_override")


def chosen(names: list[str]) -> list[str]:
    """Return the files to load, in order: OpenTofu's ``x.tofu`` replaces ``x.tf``; overrides
    come last.
    """
    present = set(names)
    kept = [
        name
        for name in names
        if not (
            (name.endswith(".tf") and name[:-3] + ".tofu" in present)
            or (name.endswith(".tf.json") and name[:-8] + ".tofu.json" in present)
        )
    ]
    return sorted(kept, key=lambda name: (is_override(name), name))


def read(path: str, names: list[str], root: Path) -> Module:
    """Read the configuration files of one folder."""
    module = Module(path)
    for name in chosen(names):
        file = posixpath.join(path, name) if path != "." else name
        read_into(module, file, root, override=is_override(name))
    return module


def read_into(module: Module, file: str, root: Path, *, override: bool) -> None:
    """Read one file and sort its blocks into the module."""
    source = load(file, root, module.unread.append)
    if source is None:
        return
    module.files.append(source)
    body = body_of(source, module.unread.append)
    for block in body.blocks:
        _add(module, block, override=override)


def load(file: str, root: Path, report: Callable[[Unread], None]) -> hcl.File | None:
    """Return the text of a file, or report why it cannot be read."""
    path = root / file
    try:
        if path.exists() and not path.is_file():
            report(Unread(file, "a folder, a pipe, a socket or a device"))
            return None
        limit, size = MAX_FILE if file.endswith(".json") else MAX_NATIVE, path.stat().st_size
        if size > limit:
            words = f"{size // 1_000_000} MB, the limit is {limit // 1_000_000} MB"
            report(Unread(file, f"too large to read: {words}"))
            return None
        text = path.read_bytes()
    except OSError as error:
        report(Unread(file, f"cannot be read: {error.strerror or error}"))
        return None
    if b"\0" in text[:8192]:
        report(Unread(file, "a binary file, not Terraform source"))
        return None
    text = text.removeprefix(b"\xef\xbb\xbf")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        report(
            Unread(
                file,
                "not valid UTF-8",
                line,
                "Terraform accepts UTF-8 only; save the file in that encoding",
            )
        )
        text = text.decode("utf-8", "replace").encode("utf-8")
    return hcl.File(file, text)


def body_of(source: hcl.File, report: Callable[[Unread], None]) -> hcl.Body:
    """Parse a file of either syntax; what is not valid is reported, the rest is returned."""
    if source.path.endswith(".json"):
        return hcl_json.parse(source, report)
    body, errors = hcl.parse(source)
    if errors:
        from scanner.sources.terraform import second_reader

        problem = second_reader.problem(source, errors)
        if problem is not None:
            report(problem)
    return body


def _add(module: Module, block: hcl.Block, *, override: bool) -> None:
    module.blocks.append(block)
    labels = block.labels
    kind = block.type
    if kind == "locals":
        module.locals.update(block.body.attributes)
    elif kind == "terraform":
        module.settings.append(block)
    elif kind == "provider" and labels:
        _add_provider(module, block, override=override)
    elif kind == "variable" and labels:
        _put(module, module.variables, labels[0], block, override=override)
    elif kind == "output" and labels:
        _put(module, module.outputs, labels[0], block, override=override)
    elif kind == "module" and labels:
        _put(module, module.calls, labels[0], block, override=override)
    elif kind in {"resource", "data", "ephemeral"} and len(labels) == 2:
        _put(module, module.resources, (kind, *labels), block, override=override)
    elif kind == "check":
        for inner in block.body.blocks:
            if inner.type == "data" and len(inner.labels) == 2:
                key = ("data", inner.labels[0], inner.labels[1])
                _put(module, module.resources, key, inner, override=override)


def alias_of(block: hcl.Block) -> str:
    """Return the alias of a provider block, empty for the default."""
    attribute = block.body.attributes.get("alias")
    if attribute is not None and isinstance(attribute.expression, tree.Constant):
        return str(attribute.expression.value)
    return ""


def _add_provider(module: Module, block: hcl.Block, *, override: bool) -> None:
    name = (block.labels[0], alias_of(block))
    index = module.configured.setdefault(name, len(module.providers))
    if index < len(module.providers):
        other = module.providers[index]
        if override:
            module.providers[index] = _merged(other, block)
            return
        first = f"{other.file.path}:{other.at[0] + 1}"
        what = ".".join(part for part in name if part)
        module.unread.append(
            Unread(
                block.file.path,
                f"provider {what} is configured twice, first at {first}: only this one is used",
                block.at[0] + 1,
                "Terraform refuses the second; give it an alias or remove one",
            )
        )
    module.providers.append(block)


def _put(
    module: Module, table: dict[Any, hcl.Block], key: Any, block: hcl.Block, *, override: bool
) -> None:
    base = table.get(key)
    if base is not None and not override:
        name = " ".join((block.type, *(json.dumps(label) for label in block.labels)))
        first = f"{base.file.path}:{base.at[0] + 1}"
        module.unread.append(
            Unread(
                block.file.path,
                f"{name} is declared twice, first at {first}: only this one is read",
                block.at[0] + 1,
                "Terraform refuses the second; remove or rename one",
            )
        )
    table[key] = _merged(base, block) if override and base is not None else block


def _merged(base: hcl.Block, over: hcl.Block) -> hcl.Block:
    """Return a block with the attributes and whole block types of another laid over it."""
    types = {block.type for block in over.body.blocks}
    body = hcl.Body(
        base.file,
        None,
        {**base.body.attributes, **over.body.attributes},
        [b for b in base.body.blocks if b.type not in types] + over.body.blocks,
    )
    return hcl.Block(base.file, base.type, base.labels, body, base.at, base.header)


def variable_values(
    file: str, root: Path, report: Callable[[Unread], None]
) -> dict[str, hcl.Attribute]:
    """Return the assignments of a ``.tfvars`` or ``.tfvars.json`` file by variable name."""
    source = load(file, root, report)
    if source is None:
        return {}
    if file.endswith(".json"):
        return hcl_json.values(source, report)
    attributes = body_of(source, report).attributes
    report_faults(source, report)
    return attributes


def report_faults(source: hcl.File, report: Callable[[Unread], None]) -> None:
    """Report what came to light when a file's bodies were converted."""
    for at, reason in source.faults:
        hint = "Terraform refuses it; the last one was read"
        report(Unread(source.path, reason, at[0] + 1, hint))
    for row, reason in source.limits.items():
        hint = "nobody writes so by hand; what stands there counts as unknown"
        report(Unread(source.path, f"{reason}: not read", row + 1, hint))
