"""
A function of more than 60 lines or a file of more than 400 is two things in one.
"""

import ast

LONGEST_FUNCTION = 60
LONGEST_FILE = 400


def too_long(text, name):
    lines = len(text.splitlines())
    if lines > LONGEST_FILE:
        yield f"{name}: {lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (length := node.end_lineno - node.lineno + 1) > LONGEST_FUNCTION:
            yield f"{name}:{node.lineno} {node.name}: {length} lines"


def test_functions_and_files_are_short(sources):
    assert [found for path in sources for found in too_long(path.read_text(encoding="utf-8"), path.name)] == []


def test_a_long_function_is_noticed():
    text = "def long():\n" + "    pass\n" * LONGEST_FUNCTION
    assert list(too_long(text, "x.py")) == ["x.py:1 long: 61 lines"]


def test_a_long_file_is_noticed():
    assert list(too_long("pass\n" * 401, "x.py")) == ["x.py: 401 lines"]
