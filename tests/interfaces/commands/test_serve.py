"""
Serving: refused with a reason where it cannot work, and real where it can.
"""

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port):
    """Ask for the first page until somebody answers."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""
        except OSError:
            time.sleep(0.1)
    return None, ""


def test_without_a_database_it_says_how_to_get_one(tongdian, tmp_path):
    done = tongdian("serve")
    assert done.returncode == 2
    assert "make demo" in done.stderr
    assert not (tmp_path / "var" / "tongdian.sqlite3").exists()


def test_a_taken_address_is_said(tongdian, data):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = tongdian("serve", "--port", taken.getsockname()[1], data=data)
    assert done.returncode == 2
    assert "--port" in done.stderr


def test_the_log_in_page_is_served_and_the_folder_is_locked(tongdian, data, port, tmp_path):
    from tongdian.interfaces.commands import _serving

    words = [Path(sys.executable).with_name("tongdian"), "serve", "--port", str(port), "--workers", "1"]
    environment = {"PATH": "/usr/bin:/bin", "TONGDIAN_DATA_DIR": str(data), "TONGDIAN_LANGUAGE": "en"}
    with subprocess.Popen(words, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as serving:
        try:
            status, page = ask(port)
            assert (status, "csrfmiddlewaretoken" in page) == (200, True)
            assert _serving.is_served(data)
        finally:
            serving.send_signal(signal.SIGINT)
            said = serving.stdout.read()
    assert f"http://127.0.0.1:{port}" in said
    assert not _serving.is_served(data)
