"""
A refusal is a class beside the function that raises it, made with a sentence marked by N_ whose places are all filled.
"""

import ast
import re

PLACE = re.compile(r"%\((\w+)\)")
BASE = "Refused"


def refusals_in(trees):
    """Names of all classes that derive from Refused, over any number of steps, and where each is defined."""
    found, grown = {BASE: None}, True
    while grown:
        grown = False
        for name, tree in trees.items():
            for node in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name not in found):
                if {base.id if isinstance(base, ast.Name) else getattr(base, "attr", "") for base in node.bases} & set(found):
                    found[node.name], grown = name, True
    return {name: where for name, where in found.items() if where}


def calls_in(tree, names):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in names:
                yield name, node


def faults(texts):
    trees = {name: ast.parse(text) for name, text in texts.items()}
    defined = refusals_in(trees)
    made = {(call[0], name) for name, tree in trees.items() for call in calls_in(tree, defined)}
    bases = {
        getattr(base, "id", getattr(base, "attr", ""))
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    }
    for refusal, where in defined.items():
        if (refusal, where) not in made and refusal not in bases:
            yield f"{where}: {refusal} is not raised beside its definition"
    for name, tree in trees.items():
        for refusal, call in calls_in(tree, defined):
            yield from (f"{name}:{call.lineno} {refusal} {fault}" for fault in call_faults(call))


def call_faults(call):
    first = call.args[0] if call.args else None
    if not (isinstance(first, ast.Call) and getattr(first.func, "id", "") == "N_" and isinstance(first.args[0], ast.Constant)):
        if not isinstance(first, ast.Name | ast.Attribute | ast.Subscript):  # a sentence kept in a table is marked there
            yield "has no sentence marked by N_"
        return
    given = {keyword.arg for keyword in call.keywords}
    if None not in given and (lacking := set(PLACE.findall(first.args[0].value)) - given):
        yield f"does not fill {', '.join(sorted(lacking))}"


def test_refusals_are_raised_beside_their_function_with_a_marked_sentence(root, sources):
    texts = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sources}
    assert list(faults(texts)) == []


def test_an_unmarked_sentence_is_noticed():
    text = "class Full(Refused):\n    pass\n\ndef fill():\n    raise Full('It is full.')\n"
    assert list(faults({"x.py": text})) == ["x.py:5 Full has no sentence marked by N_"]


def test_an_unfilled_place_is_noticed():
    text = "class Full(Refused):\n    pass\n\ndef fill():\n    raise Full(N_('%(name)s is full.'))\n"
    assert list(faults({"x.py": text})) == ["x.py:5 Full does not fill name"]


def test_a_refusal_that_is_raised_elsewhere_is_noticed():
    texts = {"x.py": "class Full(Refused):\n    pass\n", "y.py": "raise Full(N_('It is full.'))\n"}
    assert list(faults(texts)) == ["x.py: Full is not raised beside its definition"]
