"""Storage: facts. Tables and their keepers; knows neither the engine nor the bot."""
