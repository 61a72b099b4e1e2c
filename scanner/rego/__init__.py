"""Rego rules: the engine seam, what a rule declares, what it is fed and what it may answer."""
