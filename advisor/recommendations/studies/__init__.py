"""Studies of endpoints, led by what their outcomes say: whom to ask next, or enough."""
