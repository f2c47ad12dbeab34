"""Textual screens: compose, bind, handle messages."""
