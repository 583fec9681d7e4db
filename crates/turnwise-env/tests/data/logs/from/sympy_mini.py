"""Tests of SymPy that end in every way."""

from sympy.testing.pytest import XFAIL, skip, slow


def test_passes():
    pass


def test_fails():
    assert 1 == 2


def test_errors():
    raise ValueError("boom")


@XFAIL
def test_expected():
    assert False


@XFAIL
def test_unexpected():
    pass


def test_skipped():
    skip("not here")


@slow
def test_slow():
    pass


def test_prints():
    print("printed E")
