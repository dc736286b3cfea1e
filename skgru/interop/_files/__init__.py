"""Reading files of weights, whatever stands in them, without running anything."""
