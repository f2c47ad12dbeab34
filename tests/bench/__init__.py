"""Figures that the project promises, measured beside peers in the same run: `make bench`."""
