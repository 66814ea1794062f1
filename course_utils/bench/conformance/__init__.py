"""The conformance table: every layer and whole architectures, in every format, and whether the result is the same."""
