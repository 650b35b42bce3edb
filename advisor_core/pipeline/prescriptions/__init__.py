"""Units declared in YAML: reading, checking, compiling, explaining."""
