"""What was evaluated, read as advice needs it."""
