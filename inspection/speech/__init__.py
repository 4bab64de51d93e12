"""The engines themselves. The only place that imports whisper or faster_whisper; `inspection.engines` says what they share."""
