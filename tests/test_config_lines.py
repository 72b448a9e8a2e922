"""Lines of settings: the right one, the section's, or none; never a wrong one."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.config.lines import KeyPath, Lines

TRICKY = '''\
# a = 1
"quoted.key" = """
[not.a.section]
b = 2 \\""" still inside """
literal = \'\'\'
# c = 3
'quoted' ""\'\'\'\'
empty = """"""
path = 'C:\\'  # "
one = ["a", # [x]
  "b]",
  [ 1, 2,
    3 ],
  { x = "}", y.z = 5 },
]
dotted . "inner part" . leaf = 1979-05-27 07:32:00

[ top . "mid.dle" ]
k = { a = 1, "b" = [ { c = 2 } ] }
[[list]]
n = 1
[list.sub]
deep = 1
[[list]] # again
n = 2
  [list.sub]
  deep = 2
[top]
after = 'x#y'
'''


def lines_of(text: str) -> Lines:
    return Lines(text, tomllib.loads(text))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("quoted.key",), 2), (("literal",), 5), (("empty",), 8), (("path",), 9), (("one",), 10),
        (("one", 0), 10), (("one", 1), 11), (("one", 2), 12), (("one", 2, 2), 13), (("one", 3), 14),
        (("one", 3, "y", "z"), 14), (("dotted",), 16), (("dotted", "inner part", "leaf"), 16),
        (("top",), 28), (("top", "mid.dle"), 18), (("top", "mid.dle", "k", "b", 0, "c"), 19),
        (("list",), 20), (("list", 0), 20), (("list", 0, "n"), 21), (("list", 0, "sub", "deep"), 23),
        (("list", 1), 24), (("list", 1, "n"), 25), (("list", 1, "sub"), 26), (("list", 1, "sub", "deep"), 27),
        (("top", "after"), 29),
    ],
)  # fmt: skip
def test_a_key_is_found_whatever_stands_around_it(path: KeyPath, line: int) -> None:
    assert lines_of(TRICKY).of(path) == line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top", "missing"), 28), (("list", 1, "missing"), 24), (("list", 0, "sub", "missing"), 22),
        (("one", 9), 10), (("quoted", "key"), None), (("not", "a", "section"), None),
        (("a",), None), ((), None),
    ],
)  # fmt: skip
def test_what_is_missing_has_the_line_of_its_section_or_none(path: KeyPath, line: int | None) -> None:
    assert lines_of(TRICKY).of(path) == line


def test_windows_line_ends_count_once() -> None:
    text = 'a = """\r\nx"""\r\nb = 1\r\n[c]\r\nd = 2'
    lines = lines_of(text)
    assert [lines.of(path) for path in (("a",), ("b",), ("c",), ("c", "d"))] == [1, 3, 4, 5]


def test_where_reader_and_finder_disagree_there_is_no_line() -> None:
    assert Lines("a = 1\nb = 2\n", {"a": 1}).of(("a",)) is None
    assert Lines("a = [1\n", {"a": [1]}).of(("a",)) is None
    assert Lines("= 1\n", {"a": 1}).of(("a",)) is None


def test_what_is_nested_beyond_all_bounds_has_no_line() -> None:
    for text in ("a" + ".a" * 5000 + " = 1", "a = " + "[" * 50 + "]" * 50):
        assert lines_of(text).of(("a",)) is None


TEXTS = st.text(st.sampled_from("ab =#[]{}'\"\\,.\n\té"), max_size=8)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.integers(-5, 5) | st.booleans() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
TABLES: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.dictionaries(TEXTS, VALUES, max_size=3),
    lambda inner: st.dictionaries(
        TEXTS, VALUES | inner | st.lists(inner, min_size=1, max_size=2), max_size=4
    ),
    max_leaves=6,
)


class Writer:
    """Writes a document in one of the many ways there are, and remembers where it put each key."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""
        self.lines: dict[KeyPath, int] = {}

    def put(self, text: str) -> None:
        self.text += text

    def mark(self, path: KeyPath) -> None:
        self.lines[path] = self.text.count("\n") + 1

    def chance(self) -> bool:
        return self.draw(st.booleans())

    def gap(self) -> None:
        self.put(self.draw(st.sampled_from(["", " ", "\n", '# ] } = """ \'\n', "\n\n"])))

    def key(self, key: str) -> str:
        return json.dumps(key, ensure_ascii=False)

    def string(self, text: str) -> str:
        style = self.draw(st.integers(0, 3))
        if style == 1 and not set(text) & set("'\n"):
            return f"'{text}'"
        if style == 2 and "'''" not in text:
            return f"'''\n{text}'''"
        if style == 3:
            escaped = text.replace("\\", "\\\\").replace('"""', '""\\"')
            return f'"""\n{escaped}"""'
        return json.dumps(text, ensure_ascii=False)

    def value(self, value: object, path: KeyPath) -> None:
        if isinstance(value, str):
            self.put(self.string(value))
        elif isinstance(value, list):
            self.put("[")
            for position, held in enumerate(value):
                self.gap()
                self.mark((*path, position))
                self.value(held, (*path, position))
                self.gap()
                self.put("," if position < len(value) - 1 or self.chance() else "")
            self.gap()
            self.put("]")
        elif isinstance(value, dict):
            self.put("{")
            for position, (key, held) in enumerate(value.items()):
                self.put(", " if position else " ")
                self.mark((*path, key))
                self.put(f"{self.key(key)} = ")
                self.value(held, (*path, key))
            self.put("}")
        else:
            self.put(json.dumps(value))

    def table(self, table: dict[str, Any], path: KeyPath, names: str) -> None:
        sections = []
        for key, held in table.items():
            if held and (isinstance(held, dict) or is_list_of_tables(held)) and self.chance():
                sections.append(key)
                continue
            self.gap()
            self.mark((*path, key))
            self.put(f"{self.key(key)} = ")
            self.value(held, (*path, key))
            self.put("\n")
        for key in sections:
            inner, held = f"{names}.{self.key(key)}".removeprefix("."), table[key]
            if isinstance(held, dict):
                self.mark((*path, key))
                self.put(f"[{inner}]\n")
                self.table(held, (*path, key), inner)
                continue
            self.mark((*path, key))
            for position, one in enumerate(held):
                self.mark((*path, key, position))
                self.put(f"[[ {inner} ]] # ]\n")
                self.table(one, (*path, key, position), inner)


def is_list_of_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(held, dict) for held in value)


@st.composite
def written(draw: st.DrawFn) -> tuple[dict[str, Any], Writer]:
    table = draw(TABLES)
    writer = Writer(draw)
    writer.table(table, (), "")
    return table, writer


@given(written())
def test_every_key_of_any_file_is_found_where_it_was_written(case: tuple[dict[str, Any], Writer]) -> None:
    table, writer = case
    document = tomllib.loads(writer.text)
    assert document == table
    lines = Lines(writer.text, document)
    assert {path: lines.of(path) for path in writer.lines} == writer.lines
