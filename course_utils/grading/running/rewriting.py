"""Make code objects of ordinary test cells, on the trusted side: the child only has to run them.

In the test's own code, what is compared, calculated with or handed to a function goes through the guard first, which
refuses objects that would agree with anything (see `guard`). Names that the instructor's cells bound, and names of
builtins, mean to the test what they meant to the instructor, whatever the student has bound them to since.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import CodeType

from course_utils.grading.jobs import Cell, Job, Kind

#: What shows an object, but judges nothing.
_SHOW = frozenset({"display", "hasattr", "id", "len", "print", "repr", "str", "type"})
_BUILTINS = frozenset(name for name in vars(builtins) if not name.startswith("_"))
_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@dataclass(frozen=True)
class Test:
    """One test cell, ready to run.

    Attributes:
        body, last: code; `last` is the last expression, where it gives the cell's value.
        aliases: the test's own names → ("pin" or "builtin", the name that stood in the source).
    """

    body: CodeType
    last: CodeType | None
    aliases: Mapping[str, tuple[str, str]]


def prepare_test(cell: Cell, job: Job, guard: str) -> Test:
    """Compile the source of a test cell; its objects pass through a function called `guard`.

    Raises:
        SyntaxError: the instructor's own source cannot be compiled.
    """
    source = _plain_python(cell.source)
    tree = ast.parse(source, filename=f"<{cell.id}>")
    own = bound(tree)
    instructor = [part for one in _instructors(job) if (part := _parse(one.source)) is not None]
    pins = {name for part in instructor for name in pinned(part, job.answers)} - own
    given = own.union(*(bound(part) for part in instructor))
    free = _BUILTINS - given - (job.answers or frozenset()) if job.answers is not None else frozenset()
    rewriter = _Rewriter(guard, pins, free)
    tree = ast.fix_missing_locations(rewriter.visit(tree))
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not _ends_with_semicolon(source):
        last = ast.Expression(tree.body.pop().value)
    filename = f"<{cell.id}>"
    return Test(
        compile(tree, filename, "exec", flags=_AWAIT),
        None if last is None else compile(last, filename, "eval", flags=_AWAIT),
        rewriter.aliases,
    )


def pins_of(cell: Cell, job: Job) -> tuple[str, ...]:
    """Return the names that a cell of the instructor's binds for all later tests."""
    tree = _parse(cell.source)
    return () if tree is None else tuple(sorted(pinned(tree, job.answers)))


def mentioned(job: Job) -> tuple[str, ...]:
    """Return every name in the instructor's cells: classes so called may compare themselves."""
    names = set()
    for cell in _instructors(job):
        for node in ast.walk(_parse(cell.source) or ast.Module([], [])):
            if isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.ClassDef):
                names.add(node.name)
    return tuple(sorted(names))


def pinned(tree: ast.Module, answers: frozenset[str] | None) -> set[str]:
    """Return the names that imports bind, and functions and classes, save those that are the students' to write."""
    names = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and answers is not None:
            names.add(node.name)
    return names - (answers or frozenset()) - {"*"}


def bound(tree: ast.AST) -> set[str]:
    """Return every name that the code binds anywhere."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            names.update(node.names)
    return names


def _instructors(job: Job) -> Iterable[Cell]:
    return (cell for cell in job.cells if cell.kind in (Kind.LOCKED, Kind.TEST))


def _parse(source: str) -> ast.Module | None:
    try:
        return ast.parse(_plain_python(source))
    except (SyntaxError, ValueError):
        return None


def _plain_python(source: str) -> str:
    """Return the source with IPython's magics turned into calls, where there are any."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        from IPython.core.inputtransformer2 import TransformerManager

        return TransformerManager().transform_cell(source)
    return source


def _ends_with_semicolon(source: str) -> bool:
    """Whether the last statement ends in a semicolon, which tells IPython not to show its value."""
    import io
    import tokenize

    skipped = (tokenize.COMMENT, tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER, tokenize.DEDENT)
    tokens = [
        token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in skipped
    ]
    return bool(tokens) and tokens[-1].string == ";"


class _Rewriter(ast.NodeTransformer):
    """Sends values through the guard, and names to what they meant to the instructor."""

    def __init__(self, guard: str, pins: set[str], free: frozenset[str]) -> None:
        self.guard = guard
        self._pins, self._free = pins, free
        self.aliases: dict[str, tuple[str, str]] = {}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        kind = "pin" if node.id in self._pins else "builtin" if node.id in self._free else ""
        if not kind or not isinstance(node.ctx, ast.Load):
            return node
        alias = f"{self.guard}_{node.id}"
        self.aliases[alias] = (kind, node.id)
        return ast.copy_location(ast.Name(alias, node.ctx), node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if not all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops):
            node.left = self._through(node.left)
            node.comparators = [self._through(value) for value in node.comparators]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        node.left, node.right = self._through(node.left), self._through(node.right)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        shows = isinstance(node.func, ast.Name) and node.func.id in _SHOW
        self.generic_visit(node)
        if not shows:
            node.args = [self._through(value) for value in node.args]
            for keyword in node.keywords:
                keyword.value = self._through(keyword.value)
        return node

    def _through(self, value: ast.expr) -> ast.expr:
        if isinstance(value, ast.Constant | ast.Lambda | ast.JoinedStr):
            return value
        if isinstance(value, ast.Starred):
            value.value = self._through(value.value)
            return value
        return ast.copy_location(ast.Call(ast.Name(self.guard, ast.Load()), [value], []), value)
