"""Tests."""

from hypothesis import settings

# The same examples in every run, and no verdict by the clock of a busy machine.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")
