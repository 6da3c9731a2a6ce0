# SPDX-License-Identifier: Apache-2.0
"""Runs unit tests of CPython and says the outcome of each in the format of "go test -v".

cpython.py list MODULE...            the names of all tests
cpython.py run MODULE... -- TEST...  runs these

Standard output carries outcomes only; what the tests print goes to standard error. SIGQUIT writes the stack of every
thread there.
"""

import faulthandler
import os
import signal
import sys
import tempfile
import time
import traceback
import unittest

from test import support


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


class Outcomes(unittest.TestResult):
    """A test has one line, whose outcome is the worst of its subtests'."""

    def __init__(self, out):
        super().__init__()
        self.out = out
        self.outcome = {}
        self.started = {}

    def say(self, line):
        print(line, file=self.out, flush=True)

    def note(self, test, outcome, error=None):
        name = test.id()
        if self.outcome.get(name) != "FAIL":
            self.outcome[name] = outcome
        if error:
            print(f"{outcome}: {name}", file=sys.stderr)
            traceback.print_exception(*error)
        # A fixture of a class or module that fails or skips is reported, but was never started.
        if name not in self.started:
            self.say(f"--- {self.outcome[name]}: {name} (0.00s)")

    def startTest(self, test):
        super().startTest(test)
        self.started[test.id()] = time.monotonic()
        self.say(f"=== RUN   {test.id()}")

    def stopTest(self, test):
        super().stopTest(test)
        name = test.id()
        seconds = time.monotonic() - self.started[name]
        self.say(f"--- {self.outcome.get(name, 'PASS')}: {name} ({seconds:.2f}s)")

    def addError(self, test, err):
        self.note(test, "FAIL", err)

    def addFailure(self, test, err):
        self.note(test, "FAIL", err)

    def addSkip(self, test, reason):
        self.note(test, "SKIP")

    def addExpectedFailure(self, test, err):
        self.note(test, "PASS")

    def addUnexpectedSuccess(self, test):
        self.note(test, "FAIL")

    def addSubTest(self, test, subtest, err):
        if err:
            self.note(test, "FAIL", err)


def main():
    verb, *names = sys.argv[1:]
    modules = names[: names.index("--")] if "--" in names else names
    # Not inherited by what the tests start; file descriptor 1 is standard error from here on.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    faulthandler.register(signal.SIGQUIT, all_threads=True)
    # No test may ask for the network or for much of the machine: what regrtest does without -u.
    support.use_resources = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        os.chdir(scratch)
        tests = list(flat(unittest.defaultTestLoader.loadTestsFromNames(modules)))
        if verb == "list":
            print(*(test.id() for test in tests), sep="\n", file=out, flush=True)
            return
        wanted = set(names[len(modules) + 1 :])
        suite = unittest.TestSuite(test for test in tests if test.id() in wanted)
        # A suite drops each test that has run; what tests hold makes the collections of those after them slow.
        del tests
        suite.run(Outcomes(out))
        os.chdir("/")
    # A thread that a test left blocked would hold the exit up for ever.
    out.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
