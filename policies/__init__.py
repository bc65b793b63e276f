"""What no stack may do: a CrossGuard policy pack."""
