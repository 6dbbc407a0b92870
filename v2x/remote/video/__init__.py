"""Video from a vehicle to its remote operator: camera, encoder, packets, reassembly, play-out and screen.

Nothing here sends or waits: each part is told of times in whole nanoseconds and says what follows from them.
"""
