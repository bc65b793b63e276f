"""`streamctl report`: what CI found about all stacks, as one comment."""
