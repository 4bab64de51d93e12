"""What is measured rather than read: rings, silence, shares of talk, interruptions, speed, loudness."""
