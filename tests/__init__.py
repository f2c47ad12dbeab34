"""Tests: the tree of the project again, and the benches."""
