"""Rules of this code base that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "supportable"
CORE = sorted((SRC / "core").glob("*.py"))

# What the core may import from outside itself. Everything else is refused, so a new kind of input or output is refused
# without anyone thinking of it.
PURE = {
    "__future__",
    "bisect",
    "collections",
    "dataclasses",
    "difflib",
    "datetime",
    "enum",
    "functools",
    "fractions",
    "hashlib",
    "heapq",
    "itertools",
    "json",
    "math",
    "re",
    "types",
    "typing",
}
WORLD = {"open", "print", "input", "eval", "__import__"}
CLOCK = {"now", "today", "utcnow"}


def imports(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_core_imports_only_what_is_pure():
    """The core is handed everything it uses: files, network, clock and log stay outside."""
    stray = [
        f"{path.name}: {name}"
        for path in CORE
        for name in imports(ast.parse(path.read_text()))
        if not name.startswith(("supportable.core", "supportable.errors")) and name.split(".")[0] not in PURE
    ]

    assert stray == []


def test_the_core_calls_nothing_that_touches_the_world():
    """`open()` and `date.today()` need no import that the rule above could see; only `compile.py` may execute what it generated."""
    stray = []
    for path in CORE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                allowed = {"exec", "compile"} if path.name == "compile.py" else set()
                if called in WORLD | {"exec", "compile"} - allowed or called.split(".")[-1] in CLOCK:
                    stray.append(f"{path.name}:{node.lineno}: {called}()")

    assert stray == []


def test_no_module_outgrows_one_reading():
    """500 lines a module, 60 a function, 200 the reference evaluator; what is longer is two things."""
    long = [str(path.relative_to(SRC)) for path in SRC.rglob("*.py") if len(path.read_text().splitlines()) > 500]
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60 and node.name != "_fields":
                long.append(f"{path.relative_to(SRC)}: {node.name}")

    assert long == []
    assert len((SRC / "core" / "evaluate.py").read_text().splitlines()) <= 200


def test_nothing_is_named_for_nothing():
    """No module is called for what it might hold one day."""
    assert [path.name for path in SRC.rglob("*.py") if path.stem in ("utils", "common", "base", "manager", "service", "helpers")] == []


def test_every_module_and_public_function_says_what_it_is_for():
    """Modules, public classes and public functions have a docstring, which opens with a sentence."""
    silent = []
    for path in SRC.rglob("*.py"):
        tree = ast.parse(path.read_text())
        if ast.get_docstring(tree) is None and path.stat().st_size:
            silent.append(str(path.relative_to(SRC)))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and ast.get_docstring(node) is None:
                silent.append(f"{path.relative_to(SRC)}: {node.name}")

    assert silent == []


def test_every_test_states_its_law():
    """Each test function has a sentence above its body."""
    silent = [
        f"{path.name}: {node.name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert silent == []


def test_nothing_heavy_is_imported_to_check_a_deployment_file(tmp_path):
    """`check` on a deployment file loads no XML, no archive, no template engine, no network, and with a warm cache no parser of packs."""
    file = tmp_path / "d.yaml"
    file.write_text("workload: {product: exchange-server}\ncluster: {service: lifekeeper}\n")
    program = (
        "import sys; from supportable.cli import main; main(['check', sys.argv[1], '--exit-zero']); "
        "print('\\nLOADED', *sorted(name for name in sys.modules))"
    )
    environment = {"SUPPORTABLE_CACHE": str(tmp_path / "cache"), "PATH": ""}
    runs = [subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, env=environment) for _ in range(2)]
    loaded = set(runs[1].stdout.split("LOADED")[1].split())

    heavy = {
        "jinja2",
        "xml",
        "xml.parsers.expat",
        "zipfile",
        "tarfile",
        "sqlite3",
        "socket",
        "http",
        "asyncio",
        "difflib",
        "importlib.metadata",
    }
    assert loaded & heavy == set()
    assert loaded & {"supportable.core.parse", "supportable.core.typecheck", "supportable.readers.clixml"} == set()


def test_the_licence_is_the_one_that_is_named():
    """`pyproject.toml` names Apache-2.0 and LICENSE is its text."""
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text()
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_the_core_install_is_light():
    """At most five dependencies come with a plain install."""
    block = re.search(r"^dependencies = \[(.*?)\]", (ROOT / "pyproject.toml").read_text(), re.S | re.M)

    assert block is not None
    assert 1 <= len(re.findall(r'"[^"]+"', block.group(1))) <= 5
