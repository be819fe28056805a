"""The challenge: two negatives; beat four margins with one."""
