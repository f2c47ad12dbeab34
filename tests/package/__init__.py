"""The distribution: what is in the wheel, what importing costs, what a fresh environment can do."""
