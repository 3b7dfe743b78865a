"""No page says a word of its own: what people read comes from a catalogue."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3] / "agro"
_PAGES = ("dashboard", "pocket", "access")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_CODE = re.compile(r"[a-z0-9_.:/\0-]*")
_TAG = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>|&#?\w+;|%\{[^}]*\}", re.DOTALL)
# What a template leaves open, for the server (Jinja) or for the browser (§).
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|§\w+", re.DOTALL)
_HOLE = "\0"  # where a value stands in a text

# What shows its first argument to people, on the page or on one of its columns.
_SHOWS = {
    *("badge", "button", "camera_input", "caption", "checkbox"),
    *("data_editor", "date_input", "download_button", "error", "expander"),
    *("feedback", "file_uploader", "form_submit_button", "header", "info"),
    *("link_button", "markdown", "metric", "multiselect", "number_input"),
    *("pills", "popover", "radio", "segmented_control", "select_slider"),
    *("selectbox", "slider", "spinner", "subheader", "success"),
    *("text", "text_area", "text_input", "time_input", "title"),
    *("toast", "toggle", "warning", "write"),
}
_SAID = frozenset(("alt", "caption", "help", "label", "placeholder", "text", "title"))
# Units, and the sign of a planned comparison: no language writes them otherwise.
_SIGNS = frozenset(("kg", "kW", "m²", "mm", "min", "vs"))


def _sources() -> Iterator[tuple[str, ast.AST]]:
    for folder in _PAGES:
        for file in sorted((_ROOT / folder).rglob("*.py")):
            name = str(file.relative_to(_ROOT))
            yield name, ast.parse(file.read_text(encoding="utf-8"))


def _literal(node: ast.AST) -> str | None:
    """A text as it is written, its values left out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(part) or _HOLE for part in node.values)
    return None


def _texts(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts of an expression; what it looks up by a name or asks a function is not said."""
    told = _literal(node)
    if told is not None:
        yield getattr(node, "lineno", 0), told
        return
    if isinstance(node, ast.IfExp):
        parts: Iterable[ast.AST] = (node.body, node.orelse)
    elif isinstance(node, ast.BinOp | ast.BoolOp | ast.List | ast.Tuple):
        parts = ast.iter_child_nodes(node)
    else:
        return
    for part in parts:
        yield from _texts(part)


def _said(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts that are handed to what shows them."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
        if owner == "log":
            continue
        shown = node.args if owner == "parts" else node.args[: node.func.attr in _SHOWS]
        for one in shown:
            told = _texts(one)
            yield from (pair for pair in told if owner == "st" or not _CODE.fullmatch(pair[1]))
        for keyword in node.keywords:
            if keyword.arg in _SAID:
                yield from _texts(keyword.value)


def _html(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts between the tags that a module writes."""
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        told = None if id(node) in inside else _literal(node)
        if told and re.search(r"(?<!\(\?P)</?[a-z][a-z0-9]*[ >/]", told):
            yield getattr(node, "lineno", 0), told


def _words(text: str) -> list[str]:
    return [one for one in _LETTERS.findall(_TAG.sub(" ", text)) if one not in _SIGNS]


def found(tree: ast.AST) -> list[tuple[int, str]]:
    """What a module says in words of its own, with its line."""
    told = (*_said(tree), *_html(tree))
    return sorted({(line, text) for line, text in told if _words(text)})


def test_no_page_has_words_of_its_own() -> None:
    own = [f"{name}:{line}: {text!r}" for name, tree in _sources() for line, text in found(tree)]
    assert own == []


def test_no_template_has_words_of_its_own() -> None:
    files = [one for folder in _PAGES for one in sorted((_ROOT / folder).rglob("*.html"))]
    own = {
        f"{file.name}: {word}"
        for file in files
        for word in _words(_JINJA.sub(" ", file.read_text(encoding="utf-8")))
    }
    assert own == set()


@pytest.mark.parametrize(
    "source",
    [
        'st.button("Save")',
        'left.selectbox("Which crop?", crops)',
        'parts.notice("Nothing here yet")',
        'st.text_input(words.t("a.b"), placeholder="your name")',
        'st.caption(f"{n} beds")',
        'st.caption("none" if n == 0 else words.t("a.b"))',
        'html = f"<p>Sown on {day}</p>"',
    ],
)
def test_words_of_its_own_are_seen(source: str) -> None:
    assert found(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        'st.button(words.t("a.b"), key="save")',
        'parts.badge(words, "irrigate")',
        'st.caption(" · ".join(told))',
        """html = f'<p class="caption">{escape(words.t("a.b"))}</p>'""",
        'st.metric(words.t("unit.litres", value=n), n)',
    ],
)
def test_keys_codes_and_signs_are_no_words(source: str) -> None:
    assert found(ast.parse(source)) == []


def test_no_module_asks_for_one_language() -> None:
    """A language is a catalogue: no code decides by its name."""
    asked = [
        f"{file.relative_to(_ROOT)}:{node.lineno}"
        for file in sorted(_ROOT.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Attribute | ast.Name)
        and "language" in (getattr(node.left, "attr", ""), getattr(node.left, "id", ""))
        and any(isinstance(one, ast.Constant) for one in node.comparators)
    ]
    assert asked == []
