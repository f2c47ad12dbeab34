"""The real application, driven by its keys against the sandbox."""
