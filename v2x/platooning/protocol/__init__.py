"""How vehicles become a platoon, stay one and part: a protocol of repeated statements, without any input or output."""
