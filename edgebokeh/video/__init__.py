"""`edgebokeh video`: clips read, blurred and written, with their sound and their times; needs the extra `video`."""
