"""Rules of our own for code, over its syntax tree: what opens a hole is not written at all, or stands in `ACCEPTED` with a reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("darkroom", "assets", "jobs", "sensors", "resources", "frontend", "training", "scripts")

ACCEPTED: dict[tuple[str, str], str] = {
    (
        "sql-text",
        "darkroom/store/columns_answers.py",
    ): "Only names of our own columns are put into the text; every value is a parameter.",
    (
        "sql-text",
        "darkroom/store/columns_diverse.py",
    ): "Only names of our own columns are put into the text; every value is a parameter.",
    (
        "sql-text",
        "darkroom/store/columns_facets.py",
    ): "Only names of our own columns are put into the text; every value is a parameter.",
    ("comparison", "darkroom/services/storage/copying.py"): "A checksum of stored bytes, which is no secret.",
    ("comparison", "darkroom/store/blobs/objects.py"): "A checksum of stored bytes, which is no secret.",
}
"""Rule and file -> why it is all right there."""

_PICKLES = frozenset({"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"})
_SECRET = re.compile(r"(^|_)(secret|password|token|signature|digest|hmac|mac|nonce|csrf|api_key)s?(_hash)?$")
_JAVASCRIPT = frozenset({"$where", "$function", "$accumulator"})


def _name(node: ast.expr) -> str:
    """A dotted name, or nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return ""


def _keyword(call: ast.Call, name: str) -> object:
    for one in call.keywords:
        if one.arg == name:
            return one.value.value if isinstance(one.value, ast.Constant) else _name(one.value) or ...
    return None


def _unsafe_load(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    module, _, function = _name(node.func).rpartition(".")
    if module.rpartition(".")[2] in _PICKLES and function in ("load", "loads", "Unpickler", "open"):
        return True
    if function == "load" and module == "torch":
        return _keyword(node, "weights_only") is not True
    if function == "load" and module in ("np", "numpy"):
        return _keyword(node, "allow_pickle") not in (None, False)
    if module == "yaml":
        loader = str(_keyword(node, "Loader") or "")
        return function in ("unsafe_load", "full_load") or (function in ("load", "load_all") and "Safe" not in loader)
    return False


def _shell(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return _name(node.func) in ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput") or (
        _keyword(node, "shell") not in (None, False)
    )


def _evaluation(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _name(node.func) in (
        "eval",
        "exec",
        "__import__",
        "builtins.eval",
        "builtins.exec",
    )


def _is_made_up(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        both = isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant)
        return isinstance(node.op, ast.Add | ast.Mod) and not both
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"


def _sql_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("execute", "executemany", "sql", "executescript")
        and bool(node.args)
        and _is_made_up(node.args[0])
    )


def _query_text(node: ast.AST) -> bool:
    """JavaScript in a query of MongoDB, a name of a field or an operator made of input, or a pattern that is not escaped."""
    if not isinstance(node, ast.Dict):
        return False
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value in _JAVASCRIPT:
            return True
        if isinstance(key, ast.Constant) and key.value == "$regex" and "escape" not in ast.unparse(value):
            return not isinstance(value, ast.Constant)
    return False


def _http_timeout(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = _name(node.func)
    verified = _keyword(node, "verify") is False and name.startswith(("httpx.", "requests."))
    if name.startswith("requests.") or name.endswith("urlopen"):
        return verified or _keyword(node, "timeout") is None
    forever = any(
        one.arg == "timeout" and isinstance(one.value, ast.Constant) and one.value.value is None
        for one in node.keywords
    )
    return verified or (name.startswith("httpx.") and forever)


def _comparison(node: ast.AST) -> bool:
    """`==` on a secret takes longer the more of it is right: `hmac.compare_digest`."""
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
        return False
    sides = [node.left, node.comparators[0]]
    if any(isinstance(side, ast.Constant) for side in sides):
        return False
    return any(_SECRET.search(_name(side).rpartition(".")[2]) for side in sides)


def _archive(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in ("extractall", "unpack_archive"):
        return _keyword(node, "filter") != "data"
    return _name(node.func) == "tempfile.mktemp"


RULES: dict[str, tuple[Callable[[ast.AST], bool], str]] = {
    "unsafe-load": (
        _unsafe_load,
        "runs code that is in the data: use JSON, safetensors, `weights_only=True`, `yaml.safe_load`",
    ),
    "shell": (_shell, "hands text to a shell: give a list of arguments"),
    "evaluation": (_evaluation, "runs text as code"),
    "sql-text": (_sql_text, "makes SQL of text: give values as parameters"),
    "query-text": (_query_text, "makes a query that input can change: no JavaScript, `re.escape` in patterns"),
    "http-timeout": (_http_timeout, "waits for ever, or trusts anybody: give a timeout, leave `verify` alone"),
    "comparison": (_comparison, "tells by its time how much of a secret is right: `hmac.compare_digest`"),
    "archive": (_archive, 'may write anywhere: `filter="data"`, or names of our own'),
}
"""Rule -> what breaks it, and why it is one."""


def violations(source: str) -> Iterator[tuple[str, int]]:
    """Rule and line of everything that breaks one."""
    for node in ast.walk(ast.parse(source)):
        for name, (breaks, _) in RULES.items():
            if breaks(node):
                yield name, getattr(node, "lineno", 0)


def everywhere() -> Iterator[tuple[str, str, int]]:
    """Rule, file and line of everything in the code that breaks one, accepted or not."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if ".web" not in path.parts:
                file = path.relative_to(ROOT).as_posix()
                yield from ((rule, file, line) for rule, line in violations(path.read_text()))
