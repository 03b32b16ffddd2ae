"""Other numbers for the same problem, for every student of a class."""
