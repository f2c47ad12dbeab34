"""Tests of timeline, explanation, trends, checklist and incident."""
