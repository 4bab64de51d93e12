"""The engines themselves. The only place that imports whisper or faster_whisper; `inspection.sound.engines` says what they share."""
