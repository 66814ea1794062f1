"""Which names of a test are its own: bound by it before anything reads them, so that no other code has to see them.

A student's function shares its globals with the test that calls it, and could bind `expected` or `score` anew there.
So what is a test's own becomes local to it while it runs (see `rewriting`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

_LOAD, _STORE, _OTHER = "load", "store", "other"
#: What has names of its own.
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
#: Statements that bind what they bind whenever they are reached.
_CERTAIN = (*_DEFINITIONS, ast.Assign, ast.AnnAssign, ast.For, ast.With, ast.Import, ast.ImportFrom)
#: With these a test looks names up by itself.
_LOOKS_UP = frozenset({"eval", "exec", "get_ipython", "globals", "locals", "vars"})
_PATCH = frozenset({"MagicMock", "delattr", "mock", "monkeypatch", "patch", "reload", "setattr"})

Event = tuple[str, str]


def own_names(tree: ast.Module) -> frozenset[str]:
    """Return the names that a top-level statement binds for certain, and before anything reads them."""
    own: set[str] = set()
    seen: set[str] = set()
    spoiled: set[str] = set()
    for statement in tree.body:
        for kind, name in _events(statement):
            if kind == _OTHER:
                spoiled.add(name)
            elif kind == _STORE and name not in seen and isinstance(statement, _CERTAIN):
                own.add(name)
            seen.add(name)
    return frozenset() if seen & _LOOKS_UP else frozenset(own - spoiled)


def definitions(statement: ast.stmt) -> frozenset[str]:
    """Return the names that a `def`, `class` or `import` binds."""
    if isinstance(statement, _DEFINITIONS):
        return frozenset({statement.name})
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return frozenset((alias.asname or alias.name).split(".")[0] for alias in statement.names) - {"*"}
    return frozenset()


def bound(tree: ast.AST) -> frozenset[str]:
    """Return every name that the code binds anywhere."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            names.update(node.names)
        elif isinstance(node, ast.stmt):
            names |= definitions(node)
    return frozenset(names)


def mentioned(tree: ast.AST) -> frozenset[str]:
    """Return every name, attribute and class in the code."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return frozenset(names | {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)})


def patches(tree: ast.AST) -> bool:
    """Whether the code itself binds attributes anew, as a test does that answers `input` or watches a function."""
    names = mentioned(tree)
    return bool(names & _PATCH) or any(
        isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) for node in ast.walk(tree)
    )


def _events(node: ast.AST) -> Iterator[Event]:
    """Yield what happens to names, in the order in which it happens; "other" is all that is beyond this module."""
    if isinstance(node, ast.Name):
        yield {ast.Load: _LOAD, ast.Store: _STORE, ast.Del: _OTHER}[type(node.ctx)], node.id
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield from _events(node.value)
        yield _LOAD, node.target.id
    elif isinstance(node, SCOPES):
        yield from _inner(node)
        yield from ((_STORE, name) for name in definitions(node) if isinstance(node, ast.stmt))
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((_STORE, name) for name in definitions(node))
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield from ((_OTHER, name) for name in node.names)
    else:
        if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield _OTHER, node.name
        for child in _in_order(node):
            yield from _events(child)


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Assign):
        yield from (node.value, *node.targets)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
        yield from filter(None, (node.value, node.target))
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield from (node.iter, node.target, *node.body, *node.orelse)
    elif isinstance(node, _COMPREHENSIONS):
        # Its variables are its own. Elsewhere the same word means something else, which is beyond this module.
        targets = [name for part in node.generators for name in ast.walk(part.target)]
        yield ast.Global([name.id for name in targets if isinstance(name, ast.Name)])
        yield from ast.iter_child_nodes(node)
    else:
        yield from ast.iter_child_nodes(node)


def _inner(node: ast.AST) -> Iterator[Event]:
    """Yield the names in a function or class: what it reads may be the test's, what it binds is beyond this module."""
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            yield (_LOAD if isinstance(child.ctx, ast.Load) else _OTHER), child.id
        elif isinstance(child, ast.arg):
            yield _OTHER, child.arg
        elif isinstance(child, ast.Global | ast.Nonlocal):
            yield from ((_OTHER, name) for name in child.names)
        elif isinstance(child, ast.ExceptHandler) and child.name:
            yield _OTHER, child.name
        elif isinstance(child, ast.stmt) and child is not node:
            yield from ((_OTHER, name) for name in definitions(child))
