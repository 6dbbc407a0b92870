"""The roadside unit: MAP, SPAT and notices, sans-IO."""
