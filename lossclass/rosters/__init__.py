"""Tables with a row for each student: who is in a class, and what else is known of them."""
