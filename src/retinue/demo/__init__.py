"""The demonstration organization: what `retinue demo` makes, and how it is removed again."""
