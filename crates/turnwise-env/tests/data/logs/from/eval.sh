#!/bin/bash
# What the script of an evaluation does around the tests.
set -uxo pipefail
: '>>>>> Start Test Output'
pytest -rA -p no:cacheprovider --tb=no test_mini.py -k 'passes or skipped or fails'
SWEBENCH_TEST_EXIT_CODE=$?
: '>>>>> End Test Output'
echo ">>>>> Test Exit Code: $SWEBENCH_TEST_EXIT_CODE"
git checkout 0000000 test_mini.py
