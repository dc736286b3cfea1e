"""Reading X: from arrays and data frames to the sequences of the network."""
