"""How right the inspection is, on sentences kept aside and on the demo recordings."""
