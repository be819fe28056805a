"""Results: what the stored runs say, and where each number comes from."""
