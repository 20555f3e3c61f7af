"""
Public functions and classes say what they are, in a docstring that opens with a line break.

Public is what a module defines at its top without an underscore, and in kit and the engines its public methods too. A method that
does what its framework's base says, and a class inside a class (Meta, choices), need no words.
"""

import ast

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def undocumented(text, name, *, with_methods):
    for node in ast.parse(text).body:
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)) or node.name.startswith("_"):
            continue
        below = [part for part in node.body if isinstance(part, FUNCTIONS)] if isinstance(node, ast.ClassDef) and with_methods else []
        for part in (node, *(part for part in below if not part.name.startswith("_") and not is_overload(part))):
            docstring = ast.get_docstring(part, clean=False)
            if docstring is None:
                yield f"{name}:{part.lineno} {part.name} has no docstring"
            elif not docstring.startswith("\n"):
                yield f"{name}:{part.lineno} {part.name}: the docstring begins on the line of its quotes"


def is_overload(node):
    return any(isinstance(decorator, ast.Name) and decorator.id in {"overload", "override"} for decorator in node.decorator_list)


def test_public_things_have_docstrings(root, sources):
    found = []
    for path in sources:
        where = path.relative_to(root / "src" / "tongdian")
        if where.name == "apps.py":
            continue  # Django's registration of an app
        with_methods = where.parts[0] in {"kit", "engines"}
        found += undocumented(path.read_text(encoding="utf-8"), where.as_posix(), with_methods=with_methods)
    assert found == []


def test_a_missing_docstring_is_noticed():
    text = "def count():\n    return 1\n"
    assert list(undocumented(text, "x.py", with_methods=False)) == ["x.py:1 count has no docstring"]


def test_a_method_without_a_docstring_is_noticed_in_an_engine():
    text = 'class Line:\n    """\n    A line.\n    """\n    def length(self):\n        return 1\n'
    assert list(undocumented(text, "x.py", with_methods=True)) == ["x.py:5 length has no docstring"]


def test_a_docstring_on_the_line_of_its_quotes_is_noticed():
    text = 'def count():\n    """Count."""\n'
    assert list(undocumented(text, "x.py", with_methods=False)) == ["x.py:1 count: the docstring begins on the line of its quotes"]
