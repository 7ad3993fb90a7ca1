"""Training of the shipped embedding."""
