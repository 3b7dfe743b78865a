"""What a crop gives, when, and how long it keeps."""
