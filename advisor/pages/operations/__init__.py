"""How the service itself fares: what an operator watches and an admin looks at."""
