"""From a file that somebody handed in to the answers that are marked."""
