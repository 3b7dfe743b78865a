"""Learning that is judged as it is used: on days its models have not seen."""
