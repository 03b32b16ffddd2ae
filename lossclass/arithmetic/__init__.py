"""What a printed line is made of. This room imports nothing else of the package."""
