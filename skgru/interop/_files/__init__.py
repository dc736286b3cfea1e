"""Files of weights: read, whatever stands in them, without running it, and written."""
