"""Models of other frameworks, other formats, and files that load without running code."""
