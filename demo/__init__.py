"""The demo calls: written scripts, the program that speaks them, and the recordings it made."""
