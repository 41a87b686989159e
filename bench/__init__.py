"""What an engineer can measure and believe."""
