"""Self-assessment: questions from a YAML file, asked in the terminal."""
