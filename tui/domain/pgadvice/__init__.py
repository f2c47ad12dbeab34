"""Which indexes are missing, and which are there for nothing. `tui.sources.pgproof` asks the planner."""
