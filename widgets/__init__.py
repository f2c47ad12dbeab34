"""How it looks: Textual widgets that know view models only, and no AWS."""
