"""The only place that speaks SQL: one module per noun, its reads and its writes, session passed in."""
