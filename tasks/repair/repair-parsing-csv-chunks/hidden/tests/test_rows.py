"""Rows and records come out of CSV files as they were written."""

import io
import unittest

from rows import TSV, Dialect, RowError, RowParser, read_records, read_rows


def rows_of(text, **options):
    return list(read_rows(io.StringIO(text, newline=""), **options))


class RowTests(unittest.TestCase):
    def test_fields_are_parted_by_the_delimiter(self):
        self.assertEqual(rows_of("a,b\n,c\n"), [["a", "b"], ["", "c"]])
        self.assertEqual(rows_of("a\tb,c\n", dialect=TSV), [["a", "b,c"]])
        self.assertEqual(rows_of("a;'b;c'\n", dialect=Dialect(";", "'")), [["a", "b;c"]])

    def test_the_last_line_needs_no_end(self):
        self.assertEqual(rows_of("a,b\nc,"), [["a", "b"], ["c", ""]])

    def test_every_kind_of_line_end(self):
        self.assertEqual(rows_of("a\r\nb\rc\n\r\nd"), [["a"], ["b"], ["c"], [], ["d"]])

    def test_quoted_fields_contain_anything(self):
        self.assertEqual(rows_of('"a,""b""\r\nc",d\n"",\n""'), [['a,"b"\r\nc', "d"], ["", ""], [""]])

    def test_faults_name_their_line(self):
        for text in ['a\n\nb"c"\n', 'a\n"b\nc"d\n', 'a\nb\n"c', 'a\r\nb\r\n"c""']:
            with self.assertRaisesRegex(RowError, "line 3", msg=repr(text)):
                rows_of(text)


class PieceTests(unittest.TestCase):
    def test_fields_may_come_in_pieces(self):
        parser = RowParser()
        self.assertEqual(parser.feed("one,tw"), [])
        self.assertEqual(parser.feed("o\nthr"), [["one", "two"]])
        self.assertEqual(parser.feed('ee,"fo'), [])
        self.assertEqual(parser.feed('ur\n"\n'), [["three", "four\n"]])
        self.assertEqual(parser.close(), [])

    def test_files_are_read_in_pieces(self):
        text = "".join(f"{n},{n * n}\n" for n in range(200))
        self.assertEqual(rows_of(text, piece=7), [[str(n), str(n * n)] for n in range(200)])


class RecordTests(unittest.TestCase):
    def test_records_have_the_names_of_the_first_row(self):
        records = list(read_records(io.StringIO("\nid,name\n1,Ada\n\n2,Bob\n")))
        self.assertEqual(records, [{"id": "1", "name": "Ada"}, {"id": "2", "name": "Bob"}])

    def test_rows_of_another_length_are_refused(self):
        with self.assertRaisesRegex(RowError, "row 2: 1 fields"):
            list(read_records(io.StringIO("id,name\n1\n")))


class PieceBorderTests(unittest.TestCase):
    def check(self, text, rows):
        for piece in range(1, len(text) + 1):
            self.assertEqual(rows_of(text, piece=piece), rows, f"pieces of {piece}")

    def test_doubled_quotes_may_be_torn(self):
        self.check('a,"say ""hi"", you",b\n"""",c\n', [["a", 'say "hi", you', "b"], ['"', "c"]])

    def test_runs_of_quotes_may_be_torn(self):
        self.check('"""""",""\n"""a"""\n', [['""', ""], ['"a"']])

    def test_windows_line_ends_may_be_torn(self):
        self.check("a,b\r\nc\r\n\r\nd\r\n", [["a", "b"], ["c"], [], ["d"]])

    def test_all_line_ends_may_be_torn(self):
        self.check('a\n\nb\r\rc\r\n\n"d\r\n\r"\r\n', [["a"], [], ["b"], [], ["c"], [], ["d\r\n\r"]])

    def test_empty_pieces_change_nothing(self):
        parser = RowParser()
        rows = []
        for piece in ['"a"', "", '"b"', "", ",c\r", "", "\nd\r"]:
            rows += parser.feed(piece)
        rows += parser.close()
        self.assertEqual(rows, [['a"b', "c"], ["d"]])

    def test_a_large_file_is_read_at_its_usual_size(self):
        # Some 220 kB: the third border of 64 KiB falls between two quotes.
        self.assertEqual(rows_of('"""a""",1\r\n' * 20000), [['"a"', "1"]] * 20000)

    def test_rows_are_given_as_soon_as_they_are_complete(self):
        parser = RowParser()
        self.assertEqual(parser.feed("a,b\n"), [["a", "b"]])
        self.assertEqual(parser.feed('"c"\n'), [["c"]])

    def test_faults_name_their_line_in_pieces_too(self):
        for text in ['a\r\n\r\nb"c"\n', 'a\n"b\nc"d\n', 'a\r\nb\r\n"c""']:
            for piece in range(1, len(text)):
                with self.assertRaisesRegex(RowError, "line 3", msg=f"{text!r} in pieces of {piece}"):
                    rows_of(text, piece=piece)
