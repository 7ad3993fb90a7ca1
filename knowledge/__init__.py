"""Documents read, understood, registered and stored."""
