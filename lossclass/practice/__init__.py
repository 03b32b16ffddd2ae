"""Practice: the steps of a problem asked one by one in the terminal, each marked at once."""
