"""The schema's history, one revision a file in `versions`. `manage.py migrate` applies them."""
