"""What is looked for in our own code and in what we ship with it; the tests beside it prove that each look sees."""
