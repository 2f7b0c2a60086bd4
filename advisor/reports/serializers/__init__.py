"""What the API takes and shows of reports, alerts and those who get them."""
