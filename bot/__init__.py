"""The front: what a person sees and presses."""
