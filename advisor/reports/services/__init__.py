"""What is written about reports, alerts and those who get them."""
