"""Tests of tui.presenters."""
