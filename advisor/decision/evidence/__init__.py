"""How good options are, from what they answered, and how sure that is."""
