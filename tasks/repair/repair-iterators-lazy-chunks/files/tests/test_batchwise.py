"""Input is gone through in batches."""

import unittest
from itertools import count, islice

from batchwise import chunks, sample, upload
from batchwise.store import MemoryStore


def rows(*ids):
    return [{"id": number} for number in ids]


class ChunksTests(unittest.TestCase):
    def test_the_last_chunk_may_be_shorter(self):
        self.assertEqual([list(chunk) for chunk in chunks("abcdefg", 3)], [list("abc"), list("def"), list("g")])

    def test_there_is_no_empty_chunk(self):
        self.assertEqual([list(chunk) for chunk in chunks("abcd", 2)], [list("ab"), list("cd")])
        self.assertEqual(list(chunks([], 2)), [])

    def test_chunks_of_one(self):
        self.assertEqual([list(chunk) for chunk in chunks(iter("abc"), 1)], [["a"], ["b"], ["c"]])

    def test_endless_input_is_taken_as_it_is_needed(self):
        numbers = count()
        chunk = next(chunks(numbers, 1000))
        self.assertEqual(list(islice(chunk, 3)), [0, 1, 2])
        self.assertEqual(next(numbers), 3)

    def test_a_size_is_needed_at_once(self):
        with self.assertRaises(ValueError):
            chunks("abc", 0)

    def test_a_chunk_may_contain_anything(self):
        self.assertEqual([list(chunk) for chunk in chunks([None, 0, "", []], 3)], [[None, 0, ""], [[]]])


class SampleTests(unittest.TestCase):
    def test_chunks_of_one_are_all_in_it(self):
        self.assertEqual(list(sample("abc", 1)), ["a", "b", "c"])


class UploadTests(unittest.TestCase):
    def test_rows_are_stored(self):
        store = MemoryStore()
        report = upload(iter(rows(1, 2, 3, 4, 5)), store, size=2)
        self.assertEqual((report.stored, report.refused), (5, []))
        self.assertEqual(store.rows, rows(1, 2, 3, 4, 5))

    def test_a_transaction_is_stored_as_a_whole_or_not_at_all(self):
        store = MemoryStore()
        report = upload(rows(1, 2, 3, 2, 5, 6), store, size=2)
        self.assertEqual((report.stored, report.refused), (4, [(2, "id 2 is taken")]))
        self.assertEqual(store.rows, rows(1, 2, 5, 6))

    def test_the_last_transaction_may_be_refused(self):
        store = MemoryStore()
        report = upload(rows(1, 2) + [{}], store, size=2)
        self.assertEqual((report.stored, report.refused), (2, [(2, "it has no id")]))
