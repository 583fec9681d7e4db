"""Events run in their order, in simulated time."""

import unittest

from ticker import Scheduler, Timeout


class SchedulerTests(unittest.TestCase):
    def setUp(self):
        self.scheduler = Scheduler()
        self.log = []

    def note(self, name):
        self.log.append((self.scheduler.now, name))

    def test_events_run_in_order(self):
        for time, name in [(5, "c"), (2, "a"), (5, "d"), (3, "b"), (9, "e")]:
            self.scheduler.at(time, self.note, name)
        self.scheduler.run_until(5)
        self.assertEqual(self.log, [(2, "a"), (3, "b"), (5, "c"), (5, "d")])
        self.assertEqual(self.scheduler.now, 5)

    def test_time_goes_on_without_events(self):
        self.scheduler.run_until(4)
        self.scheduler.after(3, self.note, "a")
        self.scheduler.run_until(10)
        self.assertEqual((self.log, self.scheduler.now), ([(7, "a")], 10))

    def test_events_repeat(self):
        event = self.scheduler.every(3, self.note, "tick")
        self.scheduler.run_until(7)
        event.cancel()
        self.scheduler.run_until(20)
        self.assertEqual(self.log, [(3, "tick"), (6, "tick")])

    def test_an_event_cancels_itself(self):
        def tick():
            self.note("tick")
            if self.scheduler.now == 6:
                event.cancel()

        event = self.scheduler.every(3, tick)
        self.scheduler.run_until(20)
        self.assertEqual(self.log, [(3, "tick"), (6, "tick")])

    def test_events_cancel_later_ones(self):
        later = self.scheduler.at(3, self.note, "later")
        self.scheduler.at(2, later.cancel)
        self.scheduler.run_until(5)
        self.assertEqual(self.log, [])

    def test_events_schedule_events(self):
        def first():
            self.note("first")
            self.scheduler.after(0, self.note, "third")
            self.scheduler.after(1, self.note, "fourth")

        self.scheduler.at(2, first)
        self.scheduler.at(2, self.note, "second")
        self.scheduler.run_until(2)
        self.assertEqual(self.log, [(2, "first"), (2, "second"), (2, "third")])

    def test_an_exception_leaves_later_events(self):
        self.scheduler.at(1, int, "x")
        self.scheduler.at(2, self.note, "a")
        with self.assertRaises(ValueError):
            self.scheduler.run_until(5)
        self.assertEqual(self.scheduler.now, 1)
        self.scheduler.run_until(5)
        self.assertEqual(self.log, [(2, "a")])

    def test_what_is_over_cannot_be_scheduled(self):
        self.scheduler.run_until(4)
        with self.assertRaises(ValueError):
            self.scheduler.at(3, self.note, "a")
        with self.assertRaises(ValueError):
            self.scheduler.every(0, self.note, "a")


class TimeoutTests(unittest.TestCase):
    def test_an_action_runs_unless_it_is_fed(self):
        scheduler = Scheduler()
        log = []
        timeout = Timeout(scheduler, 10, lambda: log.append(scheduler.now))
        scheduler.at(4, timeout.feed)
        scheduler.at(9, timeout.feed)
        scheduler.run_until(50)
        self.assertEqual(log, [19])

    def test_it_is_stopped(self):
        scheduler = Scheduler()
        timeout = Timeout(scheduler, 10, self.fail)
        timeout.stop()
        scheduler.run_until(50)
