"""Tests of pure data and judgement."""
