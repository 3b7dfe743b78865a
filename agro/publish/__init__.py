"""Open data out: NGSI-LD entities, GeoJSON, CSV with a dictionary, the DCAT-AP catalogue."""
