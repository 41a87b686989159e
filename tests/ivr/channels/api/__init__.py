"""Tests of the touches API and of webhooks."""
