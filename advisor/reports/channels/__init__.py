"""The ways that a message leaves by: each takes one and says what came of it."""
