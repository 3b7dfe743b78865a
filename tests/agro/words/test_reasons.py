"""Every code that says why something was refused has words: codes are read from the source."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from agro.store import frames
from agro.words import LANGUAGES, say
from agro.words.catalogue import texts

_ROOT = Path(__file__).parents[3]
_FILL, _STORAGE = "agro/backfill/fill.py", "sensors/backfill/the_things_stack.py"


class _Sink(NamedTuple):
    """A function that takes such a code: `file` "" is any, `place` counts from 0."""

    file: str
    function: str
    place: int
    word: str


class _Call(NamedTuple):
    """A call, and the functions it stands in, the innermost first."""

    file: str
    node: ast.Call
    within: tuple[ast.FunctionDef, ...]


_REASONS = (
    _Sink("", "Problem", 0, "reason"),
    _Sink("", "DecodeError", 1, "reason"),
    _Sink("", "ProblemRow", 3, "reason"),
)
_FIELDS = (_Sink("", "Problem", 2, "field"), _Sink("", "ProblemRow", 4, "field"))
_GAPS = (_Sink(_FILL, "Tried", 2, "detail"), _Sink(_STORAGE, "_fault", 1, "code"))

_Leaf = str | _Sink | ast.expr


@cache
def _trees() -> Mapping[str, ast.Module]:
    paths = [path for name in ("agro", "sensors") for path in sorted((_ROOT / name).rglob("*.py"))]
    return {
        path.relative_to(_ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in paths
    }


@cache
def _calls() -> Mapping[str, list[_Call]]:
    """Every call of the program, by the name of what is called."""
    found = defaultdict(list)
    for file, tree in _trees().items():
        for call in _below(file, tree, ()):
            function = call.node.func
            found[getattr(function, "id", "") or getattr(function, "attr", "")].append(call)
    return found


def _below(file: str, node: ast.AST, within: tuple[ast.FunctionDef, ...]) -> Iterator[_Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield _Call(file, child, within)
        inner = (child, *within) if isinstance(child, ast.FunctionDef) else within
        yield from _below(file, child, inner)


def _codes(sinks: Iterable[_Sink]) -> tuple[set[str], list[str]]:
    """The codes that reach these sinks, also through other functions; and what is no such code.

    Who hands on a code that another made (`error.reason`) makes none.
    """
    known, codes, strange = set(sinks), set[str](), list[str]()
    waiting = list(known)
    while waiting:
        for file, leaf in _given(waiting.pop()):
            if isinstance(leaf, str):
                codes.add(leaf)
            elif not isinstance(leaf, _Sink):
                strange.append(f"{file}: {ast.unparse(leaf)}")
            elif leaf not in known:
                known.add(leaf)
                waiting.append(leaf)
    return codes - {""}, strange


def _given(sink: _Sink) -> Iterator[tuple[str, _Leaf]]:
    """What all calls give a sink."""
    for call in _calls()[sink.function]:
        if sink.file not in ("", call.file):
            continue
        named = [one.value for one in call.node.keywords if one.arg == sink.word]
        for argument in named or call.node.args[sink.place : sink.place + 1]:
            for leaf in _leaves(argument, call):
                yield call.file, leaf


def _leaves(node: ast.expr, call: _Call) -> Iterator[_Leaf]:
    """What a value can be: codes, a parameter of the function around it, or we do not know."""
    match node:
        case ast.Constant(value=None) | ast.Attribute(attr="reason"):
            pass
        case ast.Constant(value=str(code)):
            yield code
        case ast.IfExp(body=one, orelse=other):
            yield from (*_leaves(one, call), *_leaves(other, call))
        case ast.Call(func=ast.Attribute(attr="get", value=ast.Attribute(attr="sentinels"))):
            yield from _sentinels()
        case ast.Call(func=ast.Name(id=name)) if returned := _returned(call.file, name):
            for value in returned:
                yield from _leaves(value, call)
        case ast.Name(id=name) if call.within:
            yield from _named(name, node, call)
        case _:
            yield node


def _named(name: str, node: ast.expr, call: _Call) -> Iterator[_Leaf]:
    function = call.within[0]
    parameters = [one.arg for one in function.args.args if one.arg != "self"]
    if name in parameters:
        file = call.file if function.name.startswith("_") else ""
        yield _Sink(file, function.name, parameters.index(name), name)
        return
    assigned = [
        found.value
        for found in ast.walk(function)
        if isinstance(found, ast.Assign) and name in map(ast.unparse, found.targets)
    ]
    for value in assigned:
        yield from _leaves(value, call)
    if not assigned:
        yield node


def _returned(file: str, function: str) -> list[ast.expr]:
    """What a function that this file has, or imports from one of ours, returns."""
    imported = [
        f"{one.module.replace('.', '/')}.py"
        for one in _trees()[file].body
        if isinstance(one, ast.ImportFrom) and one.module
        if function in [name.name for name in one.names]
    ]
    return [
        found.value
        for here in (file, *imported)
        if here in _trees()
        for one in ast.walk(_trees()[here])
        if isinstance(one, ast.FunctionDef) and one.name == function
        for found in ast.walk(one)
        if isinstance(found, ast.Return) and found.value is not None
    ]


@cache
def _sentinels() -> frozenset[str]:
    """What the decoders' tables of "no value" counts say: {0xFFFF: "no_sensor"}."""
    dicts = [
        found
        for file, tree in _trees().items()
        if file.startswith("sensors/codecs/")
        for found in ast.walk(tree)
        if isinstance(found, ast.Dict)
    ]
    return frozenset(
        said.value
        for one in dicts
        for count, said in zip(one.keys, one.values, strict=True)
        if isinstance(count, ast.Constant | ast.UnaryOp)
        and isinstance(said, ast.Constant)
        and isinstance(said.value, str)
    )


def _gap_codes() -> set[str]:
    codes, _ = _codes(_GAPS)
    given_up = (ast.walk(value) for value in _returned(_FILL, "_hopeless"))
    literal = {one.value for nodes in given_up for one in nodes if isinstance(one, ast.Constant)}
    return codes | {str(code) for code in literal if code} | {frames.NO_STORAGE}


def test_every_way_to_refuse_is_understood() -> None:
    reasons, strange = _codes(_REASONS)
    assert strange == []
    # One for each way: a literal, a choice, a sentinel, through functions of one file and of two.
    assert {"bad_json", "not_finite", "out_of_range", "double_reading"} <= reasons
    assert {"undecodable_payload", "refused_by_database", "too_many_messages"} <= reasons


def test_every_reason_for_refusing_has_words() -> None:
    needed = {f"{part}.{code}" for part in ("problem", "remedy") for code in _codes(_REASONS)[0]}
    assert _unworded(needed) == set()


def test_every_field_of_ours_has_a_name() -> None:
    fields = _codes(_FIELDS)[0]
    unnamed = {
        (language, field)
        for language in LANGUAGES
        for field in fields
        if not any(say(language).knows(f"{group}.{field}") for group in ("quantity", "field"))
    }
    assert fields
    assert unnamed == set()


def test_every_reason_for_a_gap_has_words() -> None:
    assert _unworded({f"gap.{code}" for code in _gap_codes() | {"not_asked"}}) == set()


def _unworded(keys: set[str]) -> set[tuple[str, str]]:
    """The languages and keys without words, or with words that ask for something."""
    return {
        (language, key)
        for language in LANGUAGES
        for key in keys
        if not texts(language).get(key) or "{" in texts(language)[key]
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_reason_is_worded_that_nobody_gives(language: str) -> None:
    words = say(language)
    assert words.group("problem").keys() == _codes(_REASONS)[0]
    assert words.group("gap").keys() == _gap_codes() | {"not_asked"}
