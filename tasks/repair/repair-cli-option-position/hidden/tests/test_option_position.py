"""Tests of options that stand before the command."""
import contextlib
import io
import json
import os

from jot import main

from .test_cli import CliCase


class OptionsBeforeTheCommandTests(CliCase):
    def test_file(self):
        self.jot("--file", "other.json", "add", "milk")
        self.assertEqual(os.listdir("."), ["other.json"])
        self.assertEqual(self.jot("--file", "other.json", "list"), (0, "1  [ ]  milk\n"))

    def test_format(self):
        self.jot("add", "milk")
        _, text = self.jot("--format", "json", "list")
        self.assertEqual(json.loads(text)[0]["text"], "milk")

    def test_quiet(self):
        self.assertEqual(self.jot("--quiet", "add", "milk"), (0, ""))
        self.assertEqual(self.jot("--quiet", "done", "1"), (0, ""))

    def test_split_around_the_command(self):
        self.jot("--file", "other.json", "add", "milk", "--quiet")
        _, text = self.jot("--format", "json", "list", "--file", "other.json")
        self.assertEqual(json.loads(text)[0]["text"], "milk")

    def test_the_later_one_counts(self):
        self.jot("--file", "one.json", "add", "milk", "--file", "two.json")
        self.assertEqual(os.listdir("."), ["two.json"])

    def test_a_default_given_behind_still_counts(self):
        self.jot("add", "milk")
        out = self.jot("--format", "json", "list", "--format", "plain")
        self.assertEqual(out, (0, "1  [ ]  milk\n"))

    def test_defaults_hold_for_every_command(self):
        self.assertEqual(self.jot("add", "milk"), (0, "added 1\n"))
        self.assertEqual(self.jot("done", "1"), (0, "done 1\n"))
        self.assertEqual(self.jot("list"), (0, "1  [x]  milk\n"))

    def test_faults_before_the_command_are_found(self):
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as caught:
            main(["--format", "xml", "list"])
        self.assertEqual(caught.exception.code, 2)
