"""What the regulations say: pure rules. No I/O, no clock, no SQL, no Streamlit."""
