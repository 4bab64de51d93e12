"""How the classifier of inspection/classifier.py is trained; nothing here runs when a contact is inspected."""
