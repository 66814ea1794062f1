"""Make code objects of ordinary test cells, on the trusted side: the child only has to run them.

In the test's own code, what is compared, calculated with or handed to a function goes through the guard first, which
refuses objects that would agree with anything (see `guard`). Names that the instructor's cells bound, and names of
builtins, mean to the test what they meant to the instructor, whatever the student has bound them to since. What the
test itself binds is local to it until it has ended.
"""

from __future__ import annotations

import ast
import builtins
import io
import threading
import tokenize
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, wraps
from types import CodeType
from typing import ParamSpec, TypeVar

from course_utils.grading.jobs import Cell, Job, Kind
from course_utils.grading.regions import Regions
from course_utils.grading.running import scopes

_P = ParamSpec("_P")
_T = TypeVar("_T")
#: What shows an object, but judges nothing.
_SHOW = frozenset({"display", "hasattr", "id", "len", "print", "repr", "str", "type"})
_BUILTINS = frozenset(name for name in vars(builtins) if not name.startswith("_"))
#: The instructor's cells are the same for every student of a class.
_KEPT = 1024
#: Python 3.11 counts the depth of all trees that its threads make together, and fails when two make one at once.
_ONE_TREE_AT_A_TIME = threading.RLock()


def _alone(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Have one thread at a time in the functions that make syntax trees."""

    @wraps(function)
    def guarded(*arguments: _P.args, **named: _P.kwargs) -> _T:
        with _ONE_TREE_AT_A_TIME:
            return function(*arguments, **named)

    return guarded


@dataclass(frozen=True)
class Test:
    """One test cell, ready to run.

    Attributes:
        code: of a function, which returns the value of the last expression. Its arguments are the guard's tools,
            and the aliases.
        aliases: names in it → ("pin" or "builtin", the name that stood in the source).
        uses: every name in the source, which must mean what it did before any student's code ran.
        hidden: the names that hidden lines alone bind.
    """

    code: CodeType
    aliases: Mapping[str, tuple[str, str]]
    uses: frozenset[str]
    hidden: frozenset[str] = frozenset()


@_alone
def prepare_test(cell: Cell, job: Job, guard: str) -> Test:
    """Compile the source of a test cell. In it are called `guard`, and `guard_keep` and the like.

    Raises:
        SyntaxError: the instructor's own source cannot be compiled.
    """
    tree = ast.parse(_plain_python(cell.source), filename=f"<{cell.id}>")
    bound = scopes.bound(tree)
    instructors = list(_instructors(job))
    pins = frozenset().union(*(pins_of(one, job) for one in instructors)) - bound
    given = bound.union(*(_bound_in(one.source) for one in instructors))
    free = _BUILTINS - given - job.answers if job.answers is not None else frozenset()
    own = scopes.own_names(tree) - (job.answers or frozenset()) - _BUILTINS
    own -= frozenset().union(*(_mentioned_in(one.source) for one in instructors if one.kind is Kind.LOCKED))
    shown = _parse(Regions().visible(cell.source))
    hidden = own - scopes.bound(shown) if shown is not None else frozenset()
    return replace(_compile(cell, _Rewriter(guard, pins, free), own, tested=True), hidden=hidden)


def _compile(cell: Cell, rewriter: _Rewriter, own: frozenset[str], tested: bool) -> Test:
    filename = f"<{cell.id}>"
    source = _plain_python(cell.source)
    tree = ast.parse(source, filename=filename)
    uses, shared = scopes.mentioned(tree), scopes.bound(tree) - own
    function = rewriter.function(tree, own, shared, not _ends_with_semicolon(source), tested)
    code = compile(ast.fix_missing_locations(function), filename, "exec", dont_inherit=True)
    inner = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return Test(inner.replace(co_name="<module>"), rewriter.aliases, uses if tested else frozenset())


@_alone
def prepare_locked(cell: Cell, guard: str) -> Test:
    """Compile a cell of the instructor's that is no test, as it stands.

    Raises:
        SyntaxError: the instructor's own source cannot be compiled.
    """
    return _compile(cell, _Rewriter(guard, frozenset(), frozenset()), frozenset(), tested=False)


@_alone
def answer_names(sources: Iterable[str]) -> frozenset[str] | None:
    """Return the names that answer cells bind as they are handed out, or None where one of them tells no name.

    An exercise may ask for a function called like a builtin, and say so in its text alone.
    """
    names = [_bound_in(source) for source in sources]
    return frozenset().union(*names) if all(names) else None


@_alone
def pins_of(cell: Cell, job: Job) -> frozenset[str]:
    """Return the names that a cell of the instructor's binds for all later tests.

    Imports, and where the names of answers are known functions and classes: all but what is the student's to write.
    """
    tree = _parse(cell.source)
    names: set[str] = set()
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.Import | ast.ImportFrom) or job.answers is not None:
            names |= scopes.definitions(node)
    return frozenset(names) - (job.answers or frozenset())


@_alone
def mentioned(job: Job) -> frozenset[str]:
    """Return every name in the instructor's cells: classes so called may compare themselves."""
    return frozenset().union(*(_mentioned_in(cell.source) for cell in _instructors(job)))


def _instructors(job: Job) -> Iterable[Cell]:
    return (cell for cell in job.cells if cell.kind in (Kind.LOCKED, Kind.TEST))


@lru_cache(maxsize=_KEPT)
def _bound_in(source: str) -> frozenset[str]:
    tree = _parse(source)
    return scopes.bound(tree) if tree is not None else frozenset()


@lru_cache(maxsize=_KEPT)
def _mentioned_in(source: str) -> frozenset[str]:
    tree = _parse(source)
    return scopes.mentioned(tree) if tree is not None else frozenset()


@lru_cache(maxsize=_KEPT)
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
    last = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.OP, tokenize.NAME, tokenize.NUMBER, tokenize.STRING):
            last = token.string
    return last == ";"


class _Rewriter(ast.NodeTransformer):
    """Sends values through the guard, and names to what they meant to the instructor."""

    def __init__(self, guard: str, pins: frozenset[str], free: frozenset[str]) -> None:
        self._guard = guard
        self._pins, self._free = pins, free
        self._inside = 0
        self._tested = True
        self.aliases: dict[str, tuple[str, str]] = {}

    def function(
        self, tree: ast.Module, own: frozenset[str], shared: frozenset[str], value: bool, tested: bool
    ) -> ast.Module:
        """Return a module that holds the cell as a function, with `own` local to it and `shared` global.

        With `value` it returns that of its last expression; what it calls and compares is watched if `tested`.
        """
        self._tested = tested
        body: list[ast.stmt] = []
        for statement in tree.body:
            body += self._statement(statement, own)
        if value and body and isinstance(body[-1], ast.Expr):
            body[-1] = ast.copy_location(ast.Return(body[-1].value), body[-1])
        keep = ast.Expr(self._call("keep", self._call("locals")))
        inner: list[ast.stmt] = [ast.Global(sorted(shared))] if shared else []
        if tested and not scopes.patches(tree):
            body = self._watched(body, whole=True)
        inner.append(ast.Try(body or [ast.Pass()], [], [], [keep]))
        waits = any(isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith) for node in ast.walk(tree))
        tools = [f"{self._guard}{end}" for end in ("", "_keep", "_locals", "_star", "_again")]
        template = ast.parse(f"{'async ' * waits}def test({', '.join([*tools, *self.aliases])}): pass")
        template.body[0].body = inner  # type: ignore[attr-defined]
        return template

    def _watched(self, statements: list[ast.stmt], whole: bool) -> list[ast.stmt]:
        """Have what a call may have patched put back after every statement, between the top-level ones everything."""
        made: list[ast.stmt] = []
        for statement in statements:
            if isinstance(statement, ast.If | ast.For | ast.While | ast.With | ast.Try):
                for part in ("body", "orelse", "finalbody"):
                    if inner := getattr(statement, part, None):
                        setattr(statement, part, self._watched(inner, whole=False))
            made.append(statement)
            calls = any(isinstance(node, ast.Call) for node in ast.walk(statement))
            if calls and not isinstance(statement, ast.Return):
                again = ast.Expr(self._call("again", ast.Constant(whole)))
                made.append(ast.copy_location(again, statement))
        return made

    def _statement(self, statement: ast.stmt, own: frozenset[str]) -> list[ast.stmt]:
        if isinstance(statement, ast.ImportFrom):
            if statement.module == "__future__":
                return []
            if any(alias.name == "*" for alias in statement.names):
                text = ast.Constant(ast.unparse(statement))
                return [ast.copy_location(ast.Expr(self._call("star", text)), statement)]
        made: list[ast.stmt] = [self.visit(statement)]
        # The student's functions have always seen what a test imports and defines.
        for name in sorted(scopes.definitions(statement) & own):
            found = ast.Dict([ast.Constant(name)], [ast.Name(name, ast.Load())])
            made.append(ast.copy_location(ast.Expr(self._call("keep", found)), statement))
        return made

    def _call(self, what: str, *arguments: ast.expr) -> ast.Call:
        return ast.Call(ast.Name(f"{self._guard}_{what}", ast.Load()), list(arguments), [])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        # A global name cannot be annotated; in a function or class, one can, and dataclasses depend on it.
        if self._inside or not isinstance(node.target, ast.Name):
            return self.generic_visit(node)
        made = ast.Pass() if node.value is None else ast.Assign([node.target], self.visit(node.value))
        return ast.copy_location(made, node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        self._inside += isinstance(node, scopes.SCOPES)
        super().generic_visit(node)
        self._inside -= isinstance(node, scopes.SCOPES)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        kind = "pin" if node.id in self._pins else "builtin" if node.id in self._free else ""
        if not kind or not isinstance(node.ctx, ast.Load):
            return node
        alias = f"{self._guard}_of_{node.id}"
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
        if not self._tested or isinstance(value, ast.Constant | ast.Lambda | ast.JoinedStr):
            return value
        if isinstance(value, ast.Starred):
            value.value = self._through(value.value)
            return value
        return ast.copy_location(ast.Call(ast.Name(self._guard, ast.Load()), [value], []), value)
