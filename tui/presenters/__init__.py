"""Domain objects to view models: pure functions."""
