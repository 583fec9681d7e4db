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


class UnreadItemsTests(unittest.TestCase):
    def test_a_chunk_that_is_not_looked_at_is_skipped(self):
        read = [list(chunk) for number, chunk in enumerate(chunks(range(10), 3)) if number != 1]
        self.assertEqual(read, [[0, 1, 2], [6, 7, 8], [9]])

    def test_the_rest_of_a_chunk_is_skipped(self):
        for looked_at in range(5):
            read = [list(islice(chunk, looked_at)) for chunk in chunks(range(10), 4)]
            self.assertEqual(read, [list(range(start, min(start + looked_at, 10))) for start in (0, 4, 8)], looked_at)

    def test_as_many_chunks_come_in_any_case(self):
        for length in range(9):
            self.assertEqual(sum(1 for _ in chunks(range(length), 3)), (length + 2) // 3, length)

    def test_a_former_chunk_takes_nothing_from_the_next(self):
        source = chunks("abcdef", 3)
        former = next(source)
        next(former)
        latter = next(source)
        # Whatever it gives now, it is nothing of the next.
        self.assertTrue(set(former).isdisjoint("def"))
        self.assertEqual(list(latter), ["d", "e", "f"])

    def test_nothing_is_skipped_before_the_next_chunk_is_asked_for(self):
        numbers = count()
        source = chunks(numbers, 3)
        self.assertEqual(next(next(source)), 0)
        self.assertEqual(next(numbers), 1)

    def test_a_sample_has_the_first_of_each(self):
        self.assertEqual(list(sample("abcdefg", 3)), ["a", "d", "g"])
        self.assertEqual(list(islice(sample(count(), 100), 3)), [0, 100, 200])


class RefusedRowsTests(unittest.TestCase):
    def test_the_transaction_behind_a_refused_one_begins_where_it_should(self):
        store = MemoryStore()
        report = upload(rows(1, 2, 3, 4) + [{}] + rows(6, 7, 8, 9, 10), store, size=4)
        self.assertEqual((report.stored, report.refused), (6, [(2, "it has no id")]))
        self.assertEqual(store.rows, rows(1, 2, 3, 4, 9, 10))

    def test_a_row_early_in_the_transaction_refuses_all_of_it(self):
        store = MemoryStore()
        report = upload(rows(1, 1, 3, 4, 5, 6, 5, 8, 9), store, size=4)
        self.assertEqual((report.stored, [number for number, _ in report.refused]), (1, [1, 2]))
        self.assertEqual(store.rows, rows(9))
