"""Reports, alerts and those who get them, over the API."""
