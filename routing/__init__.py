"""What happens to a call as a whole: the house put together, its settings, its command line."""
