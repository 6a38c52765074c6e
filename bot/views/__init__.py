"""A value becomes a message: text, keyboard, picture, file."""
