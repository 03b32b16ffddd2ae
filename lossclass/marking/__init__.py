"""Hand work held against a solution."""
