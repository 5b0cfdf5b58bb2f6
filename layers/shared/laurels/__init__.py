"""Laurels: what its functions share."""

import gc

# Python looks for garbage in cycles after each 2,000 new objects, but the 100,000 of a cold start all stay: not to look
# saves a twentieth of it. Afterwards a call leaves hardly any cycles.
gc.set_threshold(50_000)
