"""`edgebokeh tune`: the search for this device's fastest setting within an allowed loss."""
