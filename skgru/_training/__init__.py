"""What is minimised, and how: losses, optimisers, epochs, when to stop."""
