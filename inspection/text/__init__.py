"""What was said as comparable text: one spelling, tracks with the way back, phrases found in one walk."""
