"""What running a model in another way would bring, from what it answered."""
