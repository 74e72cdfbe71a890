"""The pages of the documentation, and what writes the reference among them."""
