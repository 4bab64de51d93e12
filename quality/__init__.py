"""From findings to judgement, pure: samples, estimates, scorecards, the order of reviews, agreement. No I/O, no clock, no SQL."""
