"""Tests of pytest that end in every way, with ids of every kind."""

import enum
import sys

import pytest


class MouseButton(enum.IntEnum):
    LEFT = 1
    RIGHT = 3

    def __repr__(self):
        return f"MouseButton.{self.name}"


def test_passes():
    pass


def test_prints():
    print("PASSED test_mini.py::test_never_run")
    print("FAILED test_mini.py::test_passes - said by a test")


def test_fails():
    assert "a - b" == "a + b", "a - b - c"


def test_raises():
    raise ValueError("first line - with a dash\nand a second line")


@pytest.mark.skip(reason="not here - never")
def test_skipped():
    pass


@pytest.mark.parametrize("n", [1, 2])
def test_skipped_together(n):
    pytest.skip("both")


@pytest.mark.xfail(reason="known - long")
def test_expected():
    assert False


@pytest.mark.xfail
def test_unexpected():
    pass


@pytest.mark.xfail(strict=True)
def test_unexpected_strict():
    pass


@pytest.fixture
def broken():
    raise OSError("no set-up - today")


def test_set_up(broken):
    pass


@pytest.fixture
def torn():
    yield
    raise OSError("no tear-down")


def test_tear_down(torn):
    pass


@pytest.mark.parametrize(
    "text",
    ["plain", "with blank", " - ", "ünï", "日本", "a[b]c", "a[b", "]", "tab\there", "line\nend", "", "[1]", "x::y", "\x1b[31mred"],
)
def test_text(text):
    assert text != "with blank"


@pytest.mark.parametrize("text", ["with blank", "dash - dash"])
def test_text_passes(text):
    pass


@pytest.mark.parametrize(
    "path",
    ["/tmp/pt/data/deep/a.dat", "//host/share/a.dat", "/tmp/pt/data/*.dat", "data/deep/a.dat", "/", "/a/b]c", "/with blank/a.dat"],
    ids=str,
)
def test_path(path):
    assert path != "//host/share/a.dat"


@pytest.mark.parametrize("button", [MouseButton.LEFT, MouseButton.RIGHT], ids=repr)
def test_button(button):
    pass


class TestClass:
    def test_method(self):
        print("ERROR: not a test", file=sys.stderr)
        raise KeyError("k")
