"""The Train page: jobs in the background, lanes and their forms, curves, results."""
