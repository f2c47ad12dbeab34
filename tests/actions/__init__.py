"""Tests of the tuning actions."""
