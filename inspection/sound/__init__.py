"""A recording as sound: opened, split by who speaks when, packed for the engine, listened to."""
