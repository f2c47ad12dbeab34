"""Pure data and judgement: no I/O, no Textual."""
