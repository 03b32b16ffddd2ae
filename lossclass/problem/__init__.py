"""From a YAML file, or a mapping, to a validated problem."""
