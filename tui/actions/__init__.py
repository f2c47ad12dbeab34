"""Tuning actions: read, form, plan, apply, verify, undo; and the log of what was done."""
