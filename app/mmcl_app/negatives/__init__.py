"""The Lab's panel "How many negatives?": chance, noise, cost, samplers, false and hard ones."""
