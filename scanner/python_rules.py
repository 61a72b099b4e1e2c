"""Loads rules that are written in Python: every `Rule` at the top level of a file."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from scanner.errors import RuleError
from scanner.model import Span
from scanner.rule import Rule


def load(folder: Path) -> Iterator[Rule]:
    """Yield the rules of all Python files below a folder, by file name.

    A file is run as a module of its own name space: nothing called ``rules`` is installed or
    imported. Raises RuleError naming the file and the line where one cannot be run.
    """
    for path in sorted(folder.rglob("*.py")):
        below = path.relative_to(folder).parts
        if path.name.startswith("_") or any(part.startswith(".") for part in below):
            continue
        found = [value for value in vars(_module(path)).values() if isinstance(value, Rule)]
        # A second name for a rule makes no second rule.
        yield from {id(rule): rule for rule in found}.values()


def _module(path: Path) -> ModuleType:
    mark = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    name = f"domicile_rules.{path.stem}_{mark}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise RuleError(f"{path}: not a Python file that can be run")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except RuleError:
        raise
    except SyntaxError as error:
        line = error.lineno or 1
        span = Span(str(path), line, error.offset or 1, line, (error.offset or 1) + 1)
        raise RuleError(f"{path}:{line}: {error.msg}", hint="correct it", span=span) from error
    except (Exception, SystemExit) as error:
        # A file that ends the process would end the scan, and look clean.
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
        line = (frames[-1].lineno if frames else None) or 1
        raise RuleError(
            f"{path}:{line}: {type(error).__name__}: {error}",
            hint="a rule file must run without arguments; see docs/writing-rules.md",
        ) from error
    finally:
        del sys.modules[name]
    return module
