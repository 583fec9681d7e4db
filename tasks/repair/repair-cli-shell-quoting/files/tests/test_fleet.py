"""Tests of lines, ways and results."""
import tempfile
import unittest

from fleet import Command, Container, Local, Ssh, Sudo, run
from fleet.render import render


class RenderTests(unittest.TestCase):
    def test_words_are_quoted_where_needed(self):
        self.assertEqual(render(Command(["echo", "a b", "", "c"])), "echo 'a b' '' c")

    def test_variables_come_first_and_sorted(self):
        command = Command(["env"], env={"MODE": "dry run", "LANG": "C"})
        self.assertEqual(render(command), "LANG=C MODE='dry run' env")

    def test_names_of_variables_are_checked(self):
        with self.assertRaises(ValueError):
            Command(["env"], env={"A;rm": "1"})

    def test_no_words_are_no_command(self):
        with self.assertRaises(ValueError):
            Command([])


class WayTests(unittest.TestCase):
    def test_ssh_takes_the_line_as_it_is(self):
        way = Ssh("web1")
        self.assertEqual(way.argv(Command(["ls", "a b"])), ["ssh", "web1", "ls 'a b'"])

    def test_steps_follow_each_other(self):
        way = Ssh("web1", Sudo("deploy"))
        self.assertEqual(
            way.argv(Command(["ls", "-l", "/srv"])),
            ["ssh", "web1", "sudo -u deploy sh -c 'ls -l /srv'"],
        )

    def test_containers_are_entered_by_name(self):
        line = Container("db").line(Command(["pg_dump", "shop"]))
        self.assertEqual(line, "docker exec db sh -c 'pg_dump shop'")


class RunTests(unittest.TestCase):
    def test_output_and_status(self):
        result = run(Command(["printf", "%s|", "a b", "$HOME"]), Local())
        self.assertEqual(result, (0, "a b|$HOME|"))

    def test_a_folder_with_spaces(self):
        with tempfile.TemporaryDirectory(suffix=" with spaces") as folder:
            result = run(Command(["sh", "-c", "pwd"], cwd=folder), Local())
        self.assertEqual(result.status, 0)
        self.assertTrue(result.output.endswith(" with spaces\n"))

    def test_failures_are_reported(self):
        self.assertEqual(run(Command(["sh", "-c", "exit 3"]), Local()).status, 3)
