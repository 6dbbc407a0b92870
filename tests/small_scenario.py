"""The smallest scenario: a second of a few vehicles on a plane of their own, for tests of what is made of scenarios."""

SMALL = """
schema_version: 1
name: small
start_utc: 2026-03-02T01:00:00Z
duration_s: 1
profile: csae
field: null
traffic: {kind: synthetic, vehicles: 3, origin: {crs: wgs84, lon_deg: 117.0, lat_deg: 39.0}}
links: {pc5: {kind: constant}, uu: {kind: constant}}
test: {id: t-1, standard: none, clause: none, edition: "1", stage: virtual}
"""
