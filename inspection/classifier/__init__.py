"""The third layer: what resembles examples we wrote. It proposes and never charges."""
