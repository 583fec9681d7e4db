"""Formulas are read, computed, simplified and printed."""

import unittest

from formula import FormulaError, compute, evaluate, parse, show, simplify


class ComputeTests(unittest.TestCase):
    def test_products_bind_tighter_than_sums(self):
        self.assertEqual(compute("1 + 2 * 3 - 4 / 2"), 5)

    def test_equals_group_to_the_left(self):
        self.assertEqual(compute("10 - 4 - 3"), 3)
        self.assertEqual(compute("16 / 4 / 2"), 2)

    def test_powers_group_to_the_right(self):
        self.assertEqual(compute("2 ^ 3 ^ 2"), 512)

    def test_the_sign_of_a_name_binds_looser_than_a_power(self):
        self.assertEqual(compute("-x ^ 2", x=3), -9)

    def test_signs_stand_anywhere(self):
        self.assertEqual(compute("3 - -2"), 5)
        self.assertEqual(compute("3-2"), 1)
        self.assertEqual(compute("4 * -2"), -8)
        self.assertEqual(compute("2 ^ -1"), 0.5)
        self.assertEqual(compute("--x", x=4), 4)

    def test_brackets_come_first(self):
        self.assertEqual(compute("(-2) ^ 2"), 4)
        self.assertEqual(compute("(1 + 2) * 3"), 9)

    def test_faults_name_their_column(self):
        for text, column in [("1 +", 4), ("2 * ?", 5), ("(1", 3), ("1 2", 3)]:
            with self.assertRaisesRegex(FormulaError, f"column {column}:", msg=text):
                parse(text)

    def test_what_has_no_value_is_an_error(self):
        for text in ["1 / 0", "(-8) ^ 0.5", "y"]:
            with self.assertRaises(FormulaError, msg=text):
                compute(text)

    def test_evaluate_takes_a_tree(self):
        self.assertEqual(evaluate(parse("x / y"), {"x": 1, "y": 4}), 0.25)


class ShowTests(unittest.TestCase):
    def test_only_needed_brackets_are_printed(self):
        for text in ["a - (b - c)", "a - b - c", "(a ^ b) ^ c", "a ^ b ^ c", "(-a) ^ 2", "-a ^ 2", "-(a + b)"]:
            self.assertEqual(show(parse(text)), text)

    def test_constant_parts_are_folded(self):
        self.assertEqual(show(simplify(parse("x + 2 * 3"))), "x + 6")
        self.assertEqual(show(simplify(parse("x * (1 / 0)"))), "x * (1 / 0)")

    def test_simplified_formulas_keep_their_value_when_printed(self):
        for text in ["(1 - 3) ^ x", "x - (2 - 5)", "(0 - 2) * x", "x ^ (1 - 2)"]:
            printed = show(simplify(parse(text)))
            self.assertEqual(compute(printed, x=2), compute(text, x=2), f"{text} became {printed}")


class SignedNumberTests(unittest.TestCase):
    def test_the_sign_of_a_number_binds_looser_than_a_power(self):
        self.assertEqual(compute("-2 ^ 2"), -4)
        self.assertEqual(compute("-3^2"), -9)
        self.assertEqual(compute("-1.5 ^ 2"), -2.25)

    def test_so_does_one_behind_an_operator(self):
        self.assertEqual(compute("1 + -2 ^ 2"), -3)
        self.assertEqual(compute("3 * -2 ^ 2"), -12)
        self.assertEqual(compute("2 ^ -2 ^ 2"), 2 ** -4)

    def test_so_does_one_within_brackets(self):
        self.assertEqual(compute("(-4 ^ 0.5) * 2"), -4)

    def test_numbers_and_names_are_treated_alike(self):
        for text in ["-{} ^ 2", "- {} ^ 2", "5 - -{} ^ 3", "(-{}) ^ 2", "2 * -{}", "-{} * 2"]:
            self.assertEqual(compute(text.format("3")), compute(text.format("x"), x=3), text)

    def test_negative_constants_keep_their_value_when_printed(self):
        for text in ["(2 - 5) ^ 2 ^ x", "-(1 - 4) ^ x", "(x - (-2)) ^ x", "x ^ (1 - 3) ^ 2", "((0 - 3) ^ x) ^ 2"]:
            printed = show(simplify(parse(text)))
            self.assertEqual(compute(printed, x=2), compute(text, x=2), f"{text} became {printed}")
