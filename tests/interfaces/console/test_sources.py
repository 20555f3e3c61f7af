"""
What is true of every template and asset, whatever page shows it.
"""

import json
import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[3]
CONSOLE = ROOT / "src/tongdian/interfaces/console"
TEMPLATES = sorted((CONSOLE / "templates").rglob("*.html"))
ICONS = set(json.loads((ROOT / "web/icons.json").read_text()))


def name_of(path):
    return str(path.relative_to(CONSOLE / "templates"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_compiles(path):
    get_template(name_of(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_needs_neither_inline_code_nor_another_host(path):
    text = path.read_text()
    assert not re.search(r"\sstyle=|\son\w+=|<style|https?://", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


def test_every_icon_is_in_the_sprite_and_every_icon_of_the_sprite_is_used():
    sources = [path.read_text() for path in [*TEMPLATES, *CONSOLE.rglob("*.py")]]
    named = {name for text in sources for name in re.findall(r'"([a-z0-9-]+)"', text)} & ICONS
    asked = {name for text in sources for name in re.findall(r'{% icon "([^"]+)"', text)}
    assert asked <= ICONS
    assert ICONS - named == set()


def test_lock_names_no_address():
    assert "://" not in (ROOT / "web/package-lock.json").read_text()


def test_packages_are_pinned():
    package = json.loads((ROOT / "web/package.json").read_text())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)


def test_styles_ask_no_other_host():
    assert not any(re.search(r"url\(|https?:", path.read_text()) for path in (ROOT / "web/css").rglob("*.css"))
