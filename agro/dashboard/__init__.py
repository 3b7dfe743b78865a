"""The pages. They only arrange: read through `data`, draw through `charts`, speak through words."""
