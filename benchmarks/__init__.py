"""Side-by-side measurements of the package against its peers."""
