"""The checklist: eighteen checks of a stack, each live and each with its evidence."""
