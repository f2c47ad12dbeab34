"""Tests of tui.collect."""
