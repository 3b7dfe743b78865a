"""The positive-energy district, and what advised watering pays back, from the store's records."""
