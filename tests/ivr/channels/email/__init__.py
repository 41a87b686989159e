"""Tests of mail: read, filed, answered, and what hostile mail may not do."""
