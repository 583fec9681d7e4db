"""Pointers lead to places, patches change documents and can be found."""

import json
import unittest

from docpatch import PatchError, apply, diff, resolve


class PointerTests(unittest.TestCase):
    def test_pointers_lead_into_objects_and_arrays(self):
        document = {"a": [{"b": 1}], "": 2, "x/y": 3, "~1": 4}
        for pointer, value in [("", document), ("/a/0/b", 1), ("/", 2), ("/x~1y", 3), ("/~01", 4)]:
            self.assertEqual(resolve(document, pointer), value, pointer)

    def test_pointers_that_lead_nowhere_are_refused(self):
        for pointer in ["a", "/b", "/a/2", "/a/-", "/a/01", "/a/-1", "/a/0/0"]:
            with self.assertRaises(PatchError, msg=pointer):
                resolve({"a": [1, 2]}, pointer)


class ApplyTests(unittest.TestCase):
    def test_values_are_added_removed_and_replaced(self):
        patch = [
            {"op": "add", "path": "/a/1", "value": 9},
            {"op": "add", "path": "/a/-", "value": 8},
            {"op": "remove", "path": "/a/0"},
            {"op": "replace", "path": "/b", "value": {"c": 1}},
        ]
        self.assertEqual(apply({"a": [1, 2], "b": 0}, patch), {"a": [9, 2, 8], "b": {"c": 1}})

    def test_values_are_moved_and_copied(self):
        patch = [
            {"op": "move", "from": "/a/0", "path": "/b"},
            {"op": "copy", "from": "/a", "path": "/c"},
            {"op": "add", "path": "/c/-", "value": 3},
        ]
        self.assertEqual(apply({"a": [1, 2]}, patch), {"a": [2], "b": 1, "c": [2, 3]})

    def test_the_document_and_the_patch_stay_as_they_are(self):
        document = {"a": []}
        patch = [{"op": "add", "path": "/a/0", "value": []}, {"op": "add", "path": "/a/0/0", "value": 1}]
        self.assertEqual(apply(document, patch), {"a": [[1]]})
        self.assertEqual(document, {"a": []})
        self.assertEqual(patch[0]["value"], [])

    def test_a_test_compares(self):
        document = {"a": {"b": [1, "x", None], "c": 2}}
        test = {"op": "test", "path": "/a", "value": {"c": 2.0, "b": [1, "x", None]}}
        self.assertEqual(apply(document, [test]), document)
        with self.assertRaisesRegex(PatchError, "operation 0: '/a/c' is 2, not 3"):
            apply(document, [{"op": "test", "path": "/a/c", "value": 3}])

    def test_faults_name_their_operation(self):
        for operation in [{"op": "add", "path": "/a"}, {"op": "turn", "path": ""}, {"op": "remove", "path": "/b"}]:
            with self.assertRaisesRegex(PatchError, "operation 1:"):
                apply({"a": 1}, [{"op": "test", "path": "/a", "value": 1}, operation])


class DiffTests(unittest.TestCase):
    def test_only_what_changed_is_in_a_patch(self):
        self.assertEqual(diff({"a": [1, 2, 3]}, {"a": [1, 3]}), [{"op": "remove", "path": "/a/1"}])
        self.assertEqual(diff({"a/b": 1, "c": 2}, {"a/b": 2, "c": 2}), [{"op": "replace", "path": "/a~1b", "value": 2}])
        self.assertEqual(diff([1, {"a": 1}], [1.0, {"a": 1}]), [])

    def test_a_patch_leads_to_the_new_document(self):
        documents = [None, 1, "a", [], [1, 2], [2, 1, [3]], {}, {"a": 1}, {"a": [1, 2, 3]}, {"b": {"a": 1}}, {"a": [3]}]
        for old in documents:
            for new in documents:
                self.assertEqual(apply(old, diff(old, new)), new)

    def test_patches_are_json(self):
        self.assertEqual(json.loads(json.dumps(diff({}, {"a": None}))), [{"op": "add", "path": "/a", "value": None}])


class BooleanTests(unittest.TestCase):
    def test_a_test_tells_booleans_from_numbers(self):
        for found, value in [(True, 1), (1, True), (False, 0), (0, False), (True, 1.0), (0.0, False)]:
            with self.assertRaisesRegex(PatchError, "operation 0:", msg=f"{found} and {value}"):
                apply({"a": found}, [{"op": "test", "path": "/a", "value": value}])

    def test_a_test_looks_into_arrays_and_objects(self):
        for found, value in [([1, 0], [True, 0]), ({"b": {"c": False}}, {"b": {"c": 0}}), ([[], [{"x": 1}]], [[], [{"x": True}]])]:
            with self.assertRaises(PatchError, msg=f"{found} and {value}"):
                apply({"a": found}, [{"op": "test", "path": "/a", "value": value}])

    def test_the_same_booleans_pass(self):
        document = {"a": [True, {"b": False}], "n": 1}
        value = {"n": 1.0, "a": [True, {"b": False}]}
        self.assertEqual(apply(document, [{"op": "test", "path": "", "value": value}]), document)

    def test_arrays_and_objects_of_other_sizes_are_others(self):
        for found, value in [([1], [1, 2]), ([1, 2], [1]), ({"b": 1}, {"b": 1, "c": 2}), ({"b": 1, "c": 2}, {"b": 1}), ({"b": 1}, {"c": 1})]:
            with self.assertRaises(PatchError, msg=f"{found} and {value}"):
                apply({"a": found}, [{"op": "test", "path": "/a", "value": value}])

    def test_a_diff_sees_a_number_become_a_boolean(self):
        self.assertEqual(diff({"a": 1}, {"a": True}), [{"op": "replace", "path": "/a", "value": True}])
        self.assertEqual(diff(False, 0), [{"op": "replace", "path": "", "value": 0}])

    def test_a_diff_sees_it_in_arrays_and_objects(self):
        pairs = [
            ([1, 2, 0], [True, 2, 0]),
            ([5, 2, 0], [6, 2, False]),
            ([0, 1], [False, True, 1]),
            ({"a": {"b": [0, {"c": 1}]}}, {"a": {"b": [0, {"c": True}]}}),
            ([[1], [1]], [[1], [True]]),
        ]
        for old, new in pairs:
            # As text: to Python both documents are equal.
            self.assertEqual(json.dumps(apply(old, diff(old, new))), json.dumps(new), f"{old} to {new}")
            self.assertEqual(json.dumps(apply(new, diff(new, old))), json.dumps(old), f"{new} to {old}")

    def test_a_diff_leaves_the_same_booleans_alone(self):
        self.assertEqual(diff([True, 1, 2], [True, 1.0, 3]), [{"op": "replace", "path": "/2", "value": 3}])
