"""Measuring the flip: alone, and side by side with other ways to build it."""

from devstack.bench.measure import measure as measure
