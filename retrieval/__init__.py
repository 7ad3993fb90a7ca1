"""Finding passages and composing cited answers."""
