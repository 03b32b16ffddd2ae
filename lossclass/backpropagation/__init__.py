"""From the loss backwards: the derivatives of a worked solution, and steps of learning with them."""
