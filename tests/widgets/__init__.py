"""Tests of the widgets: what a terminal shows for given view models."""
