"""What a command does in one run with the problems or sheets that its arguments name."""
